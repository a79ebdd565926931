"""alerts by a customer's own threshold beside the host's"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NOBODY = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    for table in ("alerts", "alert_conditions"):
        op.add_column(table, sa.Column("asked_by_id", sa.Uuid(), server_default=_NOBODY, nullable=False))
    op.drop_index("uq_alerts_open", "alerts")
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["organization_id", "kind", "subject_id", "asked_by_id"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.drop_constraint("pk_alert_conditions", "alert_conditions", type_="primary")
    op.create_primary_key(
        "pk_alert_conditions", "alert_conditions", ["organization_id", "kind", "subject_id", "asked_by_id"]
    )
