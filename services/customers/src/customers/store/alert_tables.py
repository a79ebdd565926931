"""Tables of alerts on their way to people: what is to be told to whom, and when the next mail of each is due."""

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, Uuid, text

from common.plumbing import instant
from customers.store.tables import metadata, owned

# A recipient is a customer or, for the host's staff, the organization itself; then the row has no customer.
alert_news = Table(
    "alert_news",
    metadata,
    *owned("recipient_id", "alert_id"),
    Column("is_over", Boolean, nullable=False),
    Column("customer_id", Uuid),
    Column("unit_id", Uuid),
    Column("site_id", Uuid),
    Column("kind", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("text", Text, nullable=False),
    instant("at"),
    instant("mailed_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "recipient_id", "alert_id", "is_over"),
    Index("ix_alert_news_waiting", "organization_id", "recipient_id", postgresql_where=text("mailed_at is null")),
    Index("ix_alert_news_alert", "organization_id", "alert_id"),
    info={"by_customer": True},
)

alert_rounds = Table(
    "alert_rounds",
    metadata,
    *owned("recipient_id"),
    Column("customer_id", Uuid),
    instant("last_mailed_at", nullable=True),
    instant("due_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "recipient_id"),
    info={"by_customer": True},
)

alert_mail_settings = Table(
    "alert_mail_settings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("gather_minutes", Integer, nullable=False),
    Column("window_minutes", Integer, nullable=False),
    Column("staff_email", String),
    Column("version", Integer, nullable=False),
)
