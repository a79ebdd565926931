"""the orders and filters of long lists are found by an index"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_invoices_by_due", "invoices", ["organization_id", "due_on", "invoice_id"])
    op.create_index("ix_invoices_by_issue", "invoices", ["organization_id", "issued_on", "invoice_id"])
    op.create_index("ix_entries_by_seq", "entries", ["organization_id", "seq"])
    op.create_index("ix_entries_by_at", "entries", ["organization_id", "at", "seq"])
