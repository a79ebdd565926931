"""the orders and filters of long lists are found by an index"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_alerts_by_opening", "alerts", ["organization_id", "opened_at", "alert_id"])
    op.create_index("ix_alerts_by_unit", "alerts", ["organization_id", "unit_id", "alert_id"])
    op.create_index("ix_alerts_by_customer", "alerts", ["organization_id", "customer_id", "alert_id"])
