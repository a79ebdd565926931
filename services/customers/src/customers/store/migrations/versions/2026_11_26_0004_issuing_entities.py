"""the legal person that a customer's invoices come from"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("issuing_entity_id", sa.Uuid(), nullable=True))
    op.create_table(
        "issuing_entities",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "entity_id", name=op.f("pk_issuing_entities")),
    )


def downgrade() -> None:
    op.drop_table("issuing_entities")
    op.drop_column("customers", "issuing_entity_id")
