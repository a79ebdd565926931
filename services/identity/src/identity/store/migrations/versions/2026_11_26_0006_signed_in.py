"""when a member last signed in"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
