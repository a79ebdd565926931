"""addresses that people change to, mail that is refused"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_changes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "person_id", name=op.f("pk_email_changes")),
        info={"audited": True},
    )
    op.add_column("mails", sa.Column("about_id", sa.Uuid(), nullable=True))
    op.add_column("invitations", sa.Column("mail_refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invitations", sa.Column("mail_refusal", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("invitations", "mail_refusal")
    op.drop_column("invitations", "mail_refused_at")
    op.drop_column("mails", "about_id")
    op.drop_table("email_changes")
