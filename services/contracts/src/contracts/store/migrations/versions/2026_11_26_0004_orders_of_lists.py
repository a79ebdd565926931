"""the orders and filters of long lists are found by an index"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_units_by_site", "units", ["organization_id", "site_id", "name"])
    op.create_index("ix_units_by_customer", "units", ["organization_id", "customer_id", "unit_id"])
    op.create_index("ix_units_by_model", "units", ["organization_id", "model", "unit_id"])
