"""Facts that customers owns: accounts, signatures, tickets, announcements, wishes about alerts; never a note."""

from typing import Literal
from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, Day, DecimalText, Instant


class _Customer(Event):
    customer_id: UUID
    version: int
    name: str
    company: str | None = None
    contact_email: str
    billing_email: str | None = None
    currency: Currency | None = None
    is_active: bool = True
    has_portal_access: bool = True
    on_billing_hold: bool = False
    issuing_entity_id: UUID | None = None


class CustomerRegistered(_Customer):
    """A customer's account was opened (CB-03, CM-04)."""

    KIND = Kind("customers", "customer", "registered", "customer_id")


class CustomerChanged(_Customer):
    """Contact, currency or a toggle was changed; the whole of them after the change (CM-18)."""

    KIND = Kind("customers", "customer", "changed", "customer_id")


class CustomerMerged(Event):
    """An account that stood twice was closed in favour of another; it never had a contract, an invoice or a team."""

    KIND = Kind("customers", "customer", "merged", "customer_id")
    customer_id: UUID
    into_customer_id: UUID


class CustomerMailRefused(Event):
    """A mail to a customer was refused for good by its mail server; the address or the mail has to change."""

    KIND = Kind("customers", "customer", "mail_refused", "customer_id")
    customer_id: UUID
    mail_id: UUID
    email: str
    subject: str
    reason: str


class AgreementRequired(Event):
    """A version of an agreement's text is out: the contract types that need it signed before their units are energized.

    A customer's signature counts when its version is `accepted_from_version` or higher; nobody needs a withdrawn one.
    """

    KIND = Kind("customers", "agreement", "required", "agreement_id")
    agreement_id: UUID
    version: int
    accepted_from_version: int
    name: str
    text_sha256: str
    contract_types: list[Literal["hosted", "lease", "infinity", "om"]]
    is_withdrawn: bool = False


class AgreementSigned(Event):
    """A customer signed a version of an agreement (SF-10), or, where a contract is named, that contract's document."""

    KIND = Kind("customers", "agreement", "signed", "customer_id")
    customer_id: UUID
    agreement_id: UUID
    text_sha256: str
    signed_on: Day
    version: int = 1
    contract_id: UUID | None = None
    signed_at: Instant | None = None
    signature_id: UUID | None = None


class _Ticket(Event):
    ticket_id: UUID
    customer_id: UUID
    number: str


class TicketOpened(_Ticket):
    """A customer, or the host for one, asked for support (CM-31)."""

    KIND = Kind("customers", "ticket", "opened", "ticket_id")
    opened_by: Literal["customer", "host"]
    priority: Literal["low", "normal", "high", "urgent"]
    unit_id: UUID | None = None
    invoice_id: UUID | None = None


class TicketAnswered(_Ticket):
    """Something was written to a ticket that both sides see; what, stays in the ticket."""

    KIND = Kind("customers", "ticket", "answered", "ticket_id")
    answered_by: Literal["customer", "host"]


class TicketStateChanged(_Ticket):
    """A ticket waits for the other side, was resolved, or open again."""

    KIND = Kind("customers", "ticket", "state_changed", "ticket_id")
    state: Literal["open", "waiting", "resolved", "closed"]


class TicketLate(_Ticket):
    """A ticket was not answered, or not resolved, within the time promised for its priority."""

    KIND = Kind("customers", "ticket", "late", "ticket_id")
    missed: Literal["first_answer", "resolution"]
    due_at: Instant


class AnnouncementSent(Event):
    """An announcement went out to the customers it is for (CM-30)."""

    KIND = Kind("customers", "announcement", "sent", "announcement_id")
    announcement_id: UUID
    title: str
    recipients: int


class AlertPreferencesChanged(Event):
    """What a customer wants to be told of its units, and from which threshold on (CM-29); the whole of it."""

    KIND = Kind("customers", "alert_preferences", "changed", "customer_id")
    customer_id: UUID
    version: int
    offline_minutes: int | None = None
    low_hashrate_percent: DecimalText | None = None
    temperature_c: DecimalText | None = None
    by_mail: bool = True
