"""alerts of one customer that come close together go into one mail; the host's staff may have mail of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    op.add_column("mails", sa.Column("page", sa.String(), nullable=True))
    op.alter_column("mails", "customer_id", existing_type=sa.Uuid(), nullable=True)
    op.create_table(
        "sites",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "site_id", name=op.f("pk_sites")),
    )
    op.create_table(
        "alert_mail_settings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("gather_minutes", sa.Integer(), nullable=False),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("staff_email", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_alert_mail_settings")),
    )
    op.create_table(
        "alert_rounds",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        _at("last_mailed_at"),
        _at("due_at"),
        sa.PrimaryKeyConstraint("organization_id", "recipient_id", name=op.f("pk_alert_rounds")),
        info={"by_customer": True},
    )
    op.create_table(
        "alert_news",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _at("mailed_at"),
        sa.PrimaryKeyConstraint(
            "organization_id", "recipient_id", "alert_id", "is_over", name=op.f("pk_alert_news")
        ),
        info={"by_customer": True},
    )
    op.create_index("ix_alert_news_alert", "alert_news", ["organization_id", "alert_id"])
    op.create_index(
        "ix_alert_news_waiting",
        "alert_news",
        ["organization_id", "recipient_id"],
        postgresql_where=sa.text("mailed_at is null"),
    )


def downgrade() -> None:
    op.execute("delete from mails where customer_id is null")
    op.alter_column("mails", "customer_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("mails", "page")
    for table in ("alert_news", "alert_rounds", "alert_mail_settings", "sites"):
        op.drop_table(table)
