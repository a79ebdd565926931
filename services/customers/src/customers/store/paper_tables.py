"""Tables of agreements, signatures and stored files."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from common.plumbing import instant
from customers.store.tables import metadata, owned

agreements = Table(
    "agreements",
    metadata,
    *owned("agreement_id"),
    Column("name", String, nullable=False),
    Column("contract_types", ARRAY(String), nullable=False),
    Column("version", Integer, nullable=False),
    Column("accepted_from_version", Integer, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    PrimaryKeyConstraint("organization_id", "agreement_id"),
    info={"audited": True},
)

agreement_texts = Table(
    "agreement_texts",
    metadata,
    *owned("agreement_id"),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_sha256", String, nullable=False),
    Column("published_by", String, nullable=False),
    instant("published_at"),
    PrimaryKeyConstraint("organization_id", "agreement_id", "version"),
    info={"append_only": True},
)

signatures = Table(
    "signatures",
    metadata,
    *owned("signature_id", "customer_id"),
    Column("agreement_id", Uuid),
    Column("contract_id", Uuid),
    Column("version", Integer, nullable=False),
    Column("text_sha256", String, nullable=False),
    Column("signed_by", String, nullable=False),
    instant("signed_at"),
    Column("way", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("address", String),
    Column("document_id", Uuid),
    instant("recorded_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "signature_id"),
    Index("ix_signatures_customer", "organization_id", "customer_id", "agreement_id"),
    info={"by_customer": True, "append_only": True, "audited": True},
)

# A file of an internal note has no customer: the policy for portal callers hides it.
documents = Table(
    "documents",
    metadata,
    *owned("document_id"),
    Column("customer_id", Uuid),
    Column("message_id", Uuid),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    instant("recorded_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "document_id"),
    Index("ix_documents_message", "organization_id", "message_id"),
    info={"by_customer": True},
)
