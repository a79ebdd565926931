"""the orders and filters of long lists are found by an index"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_entries_subject", "audit_entries", ["organization_id", "subject", "occurred_at"])
    op.create_index("ix_audit_entries_thing", "audit_entries", ["organization_id", "thing", "occurred_at"])
