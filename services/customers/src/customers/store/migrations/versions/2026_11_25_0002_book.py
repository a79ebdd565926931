"""agreements, tickets, announcements, alerts, people, the feed, and copies"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import common.plumbing

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("tags", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False))
    op.add_column("customers", sa.Column("team_name", sa.String(), nullable=True))
    op.add_column("customers", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_table(
        "activity",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("xid", common.plumbing.Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("for_customer", sa.Boolean(), nullable=False),
        sa.Column("subjects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("organization_id", "seq", name=op.f("pk_activity")),
        info={"by_customer": True, "append_only": True},
    )
    op.create_index("ix_activity_customer", "activity", ["organization_id", "customer_id", "seq"], unique=False)
    op.create_index(
        "ix_activity_subjects",
        "activity",
        ["subjects"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"subjects": "jsonb_path_ops"},
    )
    op.create_table(
        "agreement_texts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "agreement_id", "version", name=op.f("pk_agreement_texts")),
        info={"append_only": True},
    )
    op.create_table(
        "agreements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contract_types", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("accepted_from_version", sa.Integer(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "agreement_id", name=op.f("pk_agreements")),
        info={"audited": True},
    )
    op.create_table(
        "alert_preferences",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("offline_minutes", sa.Integer(), nullable=True),
        sa.Column("low_hashrate_percent", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("temperature_c", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "customer_id", name=op.f("pk_alert_preferences")),
        info={"by_customer": True},
    )
    op.create_table(
        "alerts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "alert_id", name=op.f("pk_alerts")),
        info={"by_customer": True},
    )
    op.create_index("ix_alerts_customer", "alerts", ["organization_id", "customer_id", "alert_id"], unique=False)
    op.create_table(
        "announcement_receipts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("announcement_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint(
            "organization_id", "announcement_id", "customer_id", name=op.f("pk_announcement_receipts")
        ),
        info={"by_customer": True},
    )
    op.create_index(
        "ix_announcement_receipts_customer", "announcement_receipts", ["organization_id", "customer_id"], unique=False
    )
    op.create_table(
        "announcements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("announcement_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("reach_values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("in_portal", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "announcement_id", name=op.f("pk_announcements")),
    )
    op.create_table(
        "assignments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "assignment_id", name=op.f("pk_assignments")),
        info={"by_customer": True},
    )
    op.create_index("ix_assignments_customer", "assignments", ["organization_id", "customer_id"], unique=False)
    op.create_index("ix_assignments_unit", "assignments", ["organization_id", "unit_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("job", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "contact_id", name=op.f("pk_contacts")),
        info={"by_customer": True},
    )
    op.create_index("ix_contacts_customer", "contacts", ["organization_id", "customer_id"], unique=False)
    op.create_table(
        "contracts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("site_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "contract_id", name=op.f("pk_contracts")),
        info={"by_customer": True},
    )
    op.create_index("ix_contracts_customer", "contracts", ["organization_id", "customer_id"], unique=False)
    op.create_table(
        "credits",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("balance", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "customer_id", "currency", name=op.f("pk_credits")),
        info={"by_customer": True},
    )
    op.create_table(
        "customer_groups",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "group_id", name=op.f("pk_customer_groups")),
        sa.UniqueConstraint("organization_id", "name_key", name=op.f("uq_customer_groups_organization_id_name_key")),
    )
    op.create_table(
        "documents",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("organization_id", "document_id", name=op.f("pk_documents")),
        info={"by_customer": True},
    )
    op.create_index("ix_documents_message", "documents", ["organization_id", "message_id"], unique=False)
    op.create_table(
        "group_customers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "group_id", "customer_id", name=op.f("pk_group_customers")),
        info={"by_customer": True},
    )
    op.create_table(
        "invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "invoice_id", name=op.f("pk_invoices")),
        info={"by_customer": True},
    )
    op.create_index("ix_invoices_customer", "invoices", ["organization_id", "customer_id", "state"], unique=False)
    op.create_table(
        "mails",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers_to", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "mail_id", name=op.f("pk_mails")),
        sa.UniqueConstraint("organization_id", "cause", name=op.f("uq_mails_organization_id_cause")),
        info={"by_customer": True},
    )
    op.create_index(
        "ix_mails_unsent",
        "mails",
        ["organization_id", "batch_id"],
        unique=False,
        postgresql_where=sa.text("sent_at is null"),
    )
    op.create_table(
        "signatures",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("organization_id", "signature_id", name=op.f("pk_signatures")),
        info={"by_customer": True, "append_only": True, "audited": True},
    )
    op.create_index(
        "ix_signatures_customer", "signatures", ["organization_id", "customer_id", "agreement_id"], unique=False
    )
    op.create_table(
        "team",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "member_id", name=op.f("pk_team")),
        info={"by_customer": True},
    )
    op.create_index("ix_team_customer", "team", ["organization_id", "customer_id"], unique=False)
    op.create_table(
        "ticket_messages",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "message_id", name=op.f("pk_ticket_messages")),
        sa.UniqueConstraint("organization_id", "mail_id", name=op.f("uq_ticket_messages_organization_id_mail_id")),
        info={"by_customer": True},
    )
    op.create_index(
        "ix_ticket_messages_ticket", "ticket_messages", ["organization_id", "ticket_id", "message_id"], unique=False
    )
    op.create_table(
        "ticket_settings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("next_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("promises", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("support_email", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_ticket_settings")),
    )
    op.create_table(
        "tickets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_line", sa.Integer(), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolve_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rested_s", sa.Integer(), nullable=False),
        sa.Column("late", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("reply_to", sa.String(), nullable=True),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "ticket_id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_tickets_organization_id_number")),
        info={"by_customer": True},
    )
    op.create_index("ix_tickets_customer", "tickets", ["organization_id", "customer_id", "ticket_id"], unique=False)
    op.create_index("ix_tickets_state", "tickets", ["organization_id", "state", "ticket_id"], unique=False)
    op.create_table(
        "units",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "unit_id", name=op.f("pk_units")),
    )
