"""Branding, issuing entities, invitations, second factors, sign-on, approvals, audit; one owner per organization."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Of several owners the first one stays; the others go on as administrators.
ONE_OWNER = """
    update members set role = 'admin' where role = 'owner' and (organization_id, member_id) not in (
        select distinct on (organization_id) organization_id, member_id from members where role = 'owner'
        order by organization_id, created_at, member_id)
"""


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("request_sha256", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "approval_id", name=op.f("pk_approvals")),
        info={"audited": True},
    )
    op.create_index("ix_approvals_state", "approvals", ["organization_id", "state"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "entry_id", name=op.f("pk_audit_entries")),
        info={"append_only": True, "by_customer": True},
    )
    op.create_index("ix_audit_entries_row", "audit_entries", ["organization_id", "row_id"], unique=False)
    op.create_index(
        "ix_audit_entries_when", "audit_entries", ["organization_id", "occurred_at", "entry_id"], unique=False
    )
    op.create_table(
        "custom_roles",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "role_id", name=op.f("pk_custom_roles")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_custom_roles_organization_id_name")),
        info={"audited": True},
    )
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "invitation_id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("organization_id", "email", name=op.f("uq_invitations_organization_id_email")),
        info={"by_customer": True, "audited": True},
    )
    op.create_table(
        "issuing_entities",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("address", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("tax_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "entity_id", name=op.f("pk_issuing_entities")),
        sa.UniqueConstraint(
            "organization_id", "legal_name", name=op.f("uq_issuing_entities_organization_id_legal_name")
        ),
        info={"audited": True},
    )
    op.create_index(
        "uq_issuing_entities_default",
        "issuing_entities",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "links",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "link_id", name=op.f("pk_links")),
        info={"scope": "gate"},
    )
    op.create_index("ix_links_subject", "links", ["organization_id", "subject_id"], unique=False)
    op.create_index("uq_links_token_sha256", "links", ["token_sha256"], unique=True)
    op.create_table(
        "logos",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_logos")),
        info={"scope": "gate", "audited": True},
    )
    op.create_table(
        "mails",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "mail_id", name=op.f("pk_mails")),
        info={"scope": "system"},
    )
    op.create_table(
        "passkeys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("passkey_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "passkey_id", name=op.f("pk_passkeys")),
        info={"audited": True, "scope": "gate"},
    )
    op.create_index("uq_passkeys_credential_id", "passkeys", ["credential_id"], unique=True)
    op.create_table(
        "portal_views",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "view_id", name=op.f("pk_portal_views")),
        info={"by_customer": True, "audited": True},
    )
    op.create_table(
        "recovery_codes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "person_id", "code_sha256", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "sso_providers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("email_domains", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("default_role", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_sso_providers")),
        info={"audited": True},
    )
    op.create_table(
        "totps",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "person_id", name=op.f("pk_totps")),
        info={"audited": True},
    )
    op.add_column("hosts", sa.Column("billing_email", sa.String(), nullable=True))
    op.add_column("hosts", sa.Column("locale", sa.String(), server_default="en-US", nullable=False))
    op.add_column("hosts", sa.Column("team_name", sa.String(), nullable=True))
    op.add_column("hosts", sa.Column("slogan", sa.String(), nullable=True))
    op.add_column("hosts", sa.Column("primary_colour", sa.String(), nullable=True))
    op.add_column("hosts", sa.Column("accent_colour", sa.String(), nullable=True))
    op.add_column("hosts", sa.Column("four_eyes", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False))
    op.add_column("members", sa.Column("role_id", sa.Uuid(), nullable=True))
    op.add_column("members", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("sessions", sa.Column("audience", sa.String(), server_default="host", nullable=False))
    op.add_column("sessions", sa.Column("level", sa.String(), server_default="password", nullable=False))
    op.add_column("sessions", sa.Column("view_id", sa.Uuid(), nullable=True))
    op.add_column("sessions", sa.Column("address", sa.String(), nullable=True))
    op.add_column("sessions", sa.Column("agent", sa.String(), nullable=True))
    op.add_column(
        "sessions",
        sa.Column("shown_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
    )
    op.add_column("api_keys", sa.Column("site_id", sa.Uuid(), nullable=True))
    op.add_column("api_keys", sa.Column("rate_per_minute", sa.Integer(), nullable=True))
    op.add_column("api_keys", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column("api_keys", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("alter table members no force row level security")  # laid again after every upgrade
    op.execute(ONE_OWNER)
    op.create_index(
        "uq_members_owner", "members", ["organization_id"], unique=True, postgresql_where=sa.text("role = 'owner'")
    )
    op.create_index("ix_api_keys_replaces", "api_keys", ["organization_id", "replaces_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_api_keys_replaces", table_name="api_keys")
    op.drop_index("uq_members_owner", table_name="members", postgresql_where=sa.text("role = 'owner'"))
    op.drop_column("api_keys", "ends_at")
    op.drop_column("api_keys", "replaces_id")
    op.drop_column("api_keys", "rate_per_minute")
    op.drop_column("api_keys", "site_id")
    op.drop_column("sessions", "shown_at")
    op.drop_column("sessions", "agent")
    op.drop_column("sessions", "address")
    op.drop_column("sessions", "view_id")
    op.drop_column("sessions", "level")
    op.drop_column("sessions", "audience")
    op.drop_column("members", "version")
    op.drop_column("members", "role_id")
    op.drop_column("hosts", "four_eyes")
    op.drop_column("hosts", "accent_colour")
    op.drop_column("hosts", "primary_colour")
    op.drop_column("hosts", "slogan")
    op.drop_column("hosts", "team_name")
    op.drop_column("hosts", "locale")
    op.drop_column("hosts", "billing_email")
    op.drop_table("totps")
    op.drop_table("sso_providers")
    op.drop_table("recovery_codes")
    op.drop_table("portal_views")
    op.drop_table("passkeys")
    op.drop_table("mails")
    op.drop_table("logos")
    op.drop_table("links")
    op.drop_table("issuing_entities")
    op.drop_table("invitations")
    op.drop_table("custom_roles")
    op.drop_table("audit_entries")
    op.drop_table("approvals")
