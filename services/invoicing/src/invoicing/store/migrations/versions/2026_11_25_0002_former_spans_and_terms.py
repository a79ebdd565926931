"""what stood before: former spans and terms, and when an invoice's figures were made; two indexes of customers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NOW = sa.text("clock_timestamp()")


def _instant(name: str, default: sa.TextClause | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def upgrade() -> None:
    op.add_column("invoices", _instant("made_at", _NOW))
    op.add_column("usage_spans", _instant("recorded_at", sa.text("'epoch'")))
    op.alter_column("usage_spans", "recorded_at", server_default=_NOW)
    op.create_table(
        "former_spans",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        _instant("from_at"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _instant("recorded_at"),
        _instant("replaced_at", _NOW),
        sa.PrimaryKeyConstraint(
            "organization_id", "contract_id", "unit_id", "from_at", "revision", name=op.f("pk_former_spans")
        ),
    )
    op.create_table(
        "former_terms",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _instant("replaced_at", _NOW),
        sa.PrimaryKeyConstraint("organization_id", "contract_id", "version", name=op.f("pk_former_terms")),
    )
    op.create_index("ix_invoices_by_customer", "invoices", ["organization_id", "customer_id", "period"])
    op.create_index(
        "ix_charges_open",
        "charges",
        ["organization_id", "customer_id"],
        postgresql_where=sa.text("invoice_id is null"),
    )
