"""a customer may name whom its invoices come from"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("issuing_entity_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("customers", "issuing_entity_id")
