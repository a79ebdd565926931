"""orders of redirect, what was overdue then, their restorations; whose a contract is"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _of_redirect(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "redirect_id"],
        ["redirects.organization_id", "redirects.redirect_id"],
        name=f"fk_{table}_redirect",
    )


def upgrade() -> None:
    op.create_table(
        "redirects",
        _id("organization_id"),
        _id("redirect_id"),
        _id("customer_id"),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "redirect_id", name=op.f("pk_redirects")),
    )
    op.create_index("ix_redirects_by_since", "redirects", ["organization_id", "since_at", "redirect_id"])
    op.create_index("ix_redirects_by_customer", "redirects", ["organization_id", "customer_id"])
    op.create_table(
        "redirect_debts",
        _id("organization_id"),
        _id("redirect_id"),
        _id("invoice_id"),
        _id("customer_id"),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("balance", sa.Numeric(20, 4), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "redirect_id", "invoice_id", name=op.f("pk_redirect_debts")),
        _of_redirect("redirect_debts"),
    )
    op.create_table(
        "restorations",
        _id("organization_id"),
        _id("redirect_id"),
        _id("customer_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("restored_by", sa.String(), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "redirect_id", name=op.f("pk_restorations")),
        _of_redirect("restorations"),
    )
    op.create_table(
        "contracts",
        _id("organization_id"),
        _id("contract_id"),
        _id("customer_id"),
        sa.PrimaryKeyConstraint("organization_id", "contract_id", name=op.f("pk_contracts")),
    )
    op.add_column("delinquencies", sa.Column("redirect_id", sa.Uuid(), nullable=True))
    key = ["organization_id", "redirect_id"]
    op.create_foreign_key("fk_delinquencies_redirect", "delinquencies", "redirects", key, key)
    op.create_check_constraint(
        op.f("ck_delinquencies_redirected_in_default"), "delinquencies", "redirect_id is null or is_default"
    )
