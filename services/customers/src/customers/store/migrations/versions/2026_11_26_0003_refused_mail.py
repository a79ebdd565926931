"""mail that is refused for good, and who vouches for mail that comes in"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mails", sa.Column("refusal", sa.String(), nullable=True))
    op.add_column("ticket_settings", sa.Column("mail_authserv_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket_settings", "mail_authserv_id")
    op.drop_column("mails", "refusal")
    op.drop_column("mails", "refused_at")
