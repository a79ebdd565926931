"""places, the past of units and contracts, papers, reminders, what the energize gate asks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("contact_email", sa.String(), nullable=True))
    op.add_column("sites", sa.Column("country", sa.String(), server_default="", nullable=False))
    op.add_column("contracts", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("units", sa.Column("standing", sa.String(), server_default="staged", nullable=False))
    op.add_column("units", sa.Column("place_id", sa.Uuid(), nullable=True))
    op.add_column("units", sa.Column("rating_source", sa.String(), server_default="nameplate", nullable=False))
    op.add_column("units", sa.Column("rated_on", sa.Date(), nullable=True))
    # The owner of the tables is under their row-level security too; it is laid again after every upgrade.
    op.execute("alter table units no force row level security")
    op.execute("alter table assignments no force row level security")
    op.execute("update units set standing = 'out_of_service' where is_out_of_service")
    op.execute(
        "update units u set standing = 'unassigned' where not is_out_of_service"
        " and exists (select from assignments a where a.organization_id = u.organization_id and a.unit_id = u.unit_id)"
    )
    op.drop_column("units", "is_out_of_service")
    op.create_unique_constraint(op.f("uq_units_organization_id_serial"), "units", ["organization_id", "serial"])
    op.create_unique_constraint(op.f("uq_units_organization_id_mac"), "units", ["organization_id", "mac"])
    op.create_table(
        "places",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "place_id", name=op.f("pk_places")),
        sa.UniqueConstraint("organization_id", "site_id", "path", name=op.f("uq_places_organization_id_site_id_path")),
    )
    op.create_table(
        "unit_history",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "entry_id", name=op.f("pk_unit_history")),
        info={"append_only": True},
    )
    op.create_index("ix_unit_history_by_unit", "unit_history", ["organization_id", "unit_id"], unique=False)
    op.create_table(
        "contract_versions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("agreement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "contract_id", "version", name=op.f("pk_contract_versions")),
        info={"append_only": True, "by_customer": True},
    )
    op.create_table(
        "attachments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "attachment_id", name=op.f("pk_attachments")),
        sa.UniqueConstraint(
            "organization_id", "contract_id", "sha256", name=op.f("uq_attachments_organization_id_contract_id_sha256")
        ),
        info={"by_customer": True},
    )
    op.create_table(
        "reminders",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("reminder_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_refused", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "reminder_id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "organization_id", "contract_id", "about", "due_on", "days_before", name="uq_reminders_once"
        ),
        info={"by_customer": True},
    )
    op.create_table(
        "hand_overs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("hand_over_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("left_assignment_id", sa.Uuid(), nullable=False),
        sa.Column("made_assignment_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("split_by", sa.String(), nullable=False),
        sa.Column("register_kwh", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "hand_over_id", name=op.f("pk_hand_overs")),
        info={"append_only": True},
    )
    op.create_index("ix_hand_overs_by_unit", "hand_overs", ["organization_id", "unit_id"], unique=False)
    op.create_table(
        "required_agreements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("accepted_from_version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contract_types", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "agreement_id", name=op.f("pk_required_agreements")),
    )
    op.create_table(
        "signatures",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("is_document", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "customer_id", "subject_id", name=op.f("pk_signatures")),
        info={"by_customer": True},
    )
    op.create_table(
        "first_invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("unit_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "invoice_id", name=op.f("pk_first_invoices")),
        info={"by_customer": True},
    )
    op.create_index("ix_first_invoices_by_contract", "first_invoices", ["organization_id", "contract_id"], unique=False)
