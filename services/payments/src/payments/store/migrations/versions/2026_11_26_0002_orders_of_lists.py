"""the orders and filters of long lists are found by an index"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_payments_received", "payments", ["organization_id", "received_at", "payment_id"])
    op.create_index("ix_payments_invoice", "payments", ["organization_id", "invoice_id"])
