"""Issuing entities that contracts may name, and invoices that charge a deposit."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuing_entities",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "entity_id", name=op.f("pk_issuing_entities")),
    )
    op.create_table(
        "deposit_invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "contract_id", "invoice_id", name=op.f("pk_deposit_invoices")),
    )
    op.create_index("ix_deposit_invoices_by_invoice", "deposit_invoices", ["organization_id", "invoice_id"])
