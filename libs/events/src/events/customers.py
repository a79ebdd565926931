"""Facts that customers owns: the accounts of the host's customers."""

from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, Day


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


class CustomerRegistered(_Customer):
    """A customer's account was opened (CB-03, CM-04)."""

    KIND = Kind("customers", "customer", "registered", "customer_id")


class CustomerChanged(_Customer):
    """Contact, currency or a toggle was changed; the whole of them after the change (CM-18)."""

    KIND = Kind("customers", "customer", "changed", "customer_id")


class AgreementSigned(Event):
    """A customer signed a version of a hosting agreement (SF-10)."""

    KIND = Kind("customers", "agreement", "signed", "customer_id")
    customer_id: UUID
    agreement_id: UUID
    text_sha256: str
    signed_on: Day
