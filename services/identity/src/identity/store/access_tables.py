"""How people show who they are: links by mail, second factors, passkeys, single sign-on; and what they are let into."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.plumbing import instant
from identity.store.schema import metadata, organization

# One-time links and challenges, by the hash of what was handed out: whose they are says `subject_id`, in other tables.
links = Table(
    "links",
    metadata,
    organization(),
    Column("link_id", Uuid, nullable=False),
    Column("purpose", String, nullable=False),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    instant("made_at"),
    instant("ends_at"),
    PrimaryKeyConstraint("organization_id", "link_id"),
    Index("uq_links_token_sha256", "token_sha256", unique=True),
    Index("ix_links_subject", "organization_id", "subject_id"),
    info={"scope": "gate"},
)

invitations = Table(
    "invitations",
    metadata,
    organization(),
    Column("invitation_id", Uuid, nullable=False),
    Column("email", String, nullable=False),
    Column("role", String, nullable=False),
    Column("role_id", Uuid),
    Column("customer_id", Uuid),
    Column("invited_by", Uuid, nullable=False),
    instant("made_at"),
    instant("ends_at"),
    instant("mail_refused_at", nullable=True),
    Column("mail_refusal", String),
    PrimaryKeyConstraint("organization_id", "invitation_id"),
    UniqueConstraint("organization_id", "email"),
    info={"by_customer": True, "audited": True},
)

# Another address that a person wants to go by; it counts once a link that was mailed there was used.
email_changes = Table(
    "email_changes",
    metadata,
    organization(),
    Column("person_id", Uuid, nullable=False),
    Column("email", String, nullable=False),
    instant("asked_at"),
    instant("ends_at"),
    PrimaryKeyConstraint("organization_id", "person_id"),
    info={"audited": True},
)

# Mail that is on its way: sealed, since it may hold a link, and gone once the server took it, or refused it for good.
# `about_id`: the invitation that it brings.
mails = Table(
    "mails",
    metadata,
    organization(),
    Column("mail_id", Uuid, nullable=False),
    Column("about_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant("next_at"),
    PrimaryKeyConstraint("organization_id", "mail_id"),
    info={"scope": "system"},
)

# Second factors lie where the person's account is (`members.home_id`).
totps = Table(
    "totps",
    metadata,
    organization(),
    Column("person_id", Uuid, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False, info={"audited": "no"}),
    Column("is_confirmed", Boolean, nullable=False),
    instant("made_at"),
    PrimaryKeyConstraint("organization_id", "person_id"),
    info={"audited": True},
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    organization(),
    Column("person_id", Uuid, nullable=False),
    Column("code_sha256", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "person_id", "code_sha256"),
)

# Whose passkey it is must be found before the person is known: ids and public keys, nothing else.
passkeys = Table(
    "passkeys",
    metadata,
    organization(),
    Column("passkey_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("uses", BigInteger, nullable=False, info={"audited": "no"}),
    Column("name", String, nullable=False),
    instant("made_at"),
    PrimaryKeyConstraint("organization_id", "passkey_id"),
    Index("uq_passkeys_credential_id", "credential_id", unique=True),
    info={"audited": True, "scope": "gate"},
)

sso_providers = Table(
    "sso_providers",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("issuer", String, nullable=False),
    Column("client_id", String, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("email_domains", ARRAY(String), nullable=False),
    Column("default_role", String, nullable=False),
    Column("version", Integer, nullable=False),
    info={"audited": True},
)

custom_roles = Table(
    "custom_roles",
    metadata,
    organization(),
    Column("role_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("permissions", ARRAY(String), nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "role_id"),
    UniqueConstraint("organization_id", "name"),
    info={"audited": True},
)

# Who of the host looked at which customer's portal, and why; the customer's people may read it.
portal_views = Table(
    "portal_views",
    metadata,
    organization(),
    Column("view_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("person_name", String, nullable=False),
    Column("reason", Text, nullable=False),
    instant("started_at"),
    instant("ends_at"),
    PrimaryKeyConstraint("organization_id", "view_id"),
    info={"by_customer": True, "audited": True},
)

approvals = Table(
    "approvals",
    metadata,
    organization(),
    Column("approval_id", Uuid, nullable=False),
    Column("permission", String, nullable=False),
    Column("method", String, nullable=False),
    Column("path", Text, nullable=False),
    Column("body", JSONB(none_as_null=True)),
    Column("request_sha256", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("state", String, nullable=False),
    Column("decided_by", Uuid),
    Column("note", Text),
    instant("asked_at"),
    instant("decided_at", nullable=True),
    instant("ends_at"),
    PrimaryKeyConstraint("organization_id", "approval_id"),
    Index("ix_approvals_state", "organization_id", "state"),
    info={"audited": True},
)

# What every service's database recorded of its audited tables. Nobody changes it: the role may read and add alone.
audit_entries = Table(
    "audit_entries",
    metadata,
    organization(),
    Column("entry_id", Uuid, nullable=False),
    instant("occurred_at"),
    Column("service", String, nullable=False),
    Column("thing", String, nullable=False),
    Column("row_id", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("person", String),
    Column("on_behalf_of", String),
    Column("address", String),
    Column("approval_id", Uuid),
    Column("customer_id", Uuid),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    PrimaryKeyConstraint("organization_id", "entry_id"),
    Index("ix_audit_entries_when", "organization_id", "occurred_at", "entry_id"),
    Index("ix_audit_entries_row", "organization_id", "row_id"),
    Index("ix_audit_entries_subject", "organization_id", "subject", "occurred_at"),
    Index("ix_audit_entries_thing", "organization_id", "thing", "occurred_at"),
    info={"append_only": True, "by_customer": True},
)
