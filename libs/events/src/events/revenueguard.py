"""Facts that revenueguard owns: reminders, default, redirect, machines that nobody pays for."""

from uuid import UUID

from events.envelope import Event, Kind
from events.types import Instant


class ReminderSent(Event):
    """A customer was reminded of what is overdue, by a step of the dunning policy.

    `mail_refused`: why no server will ever take the mail; the step counts all the same.
    """

    KIND = Kind("revenueguard", "customer", "reminded", "customer_id")
    customer_id: UUID
    step: str
    invoice_ids: list[UUID]
    mail_refused: str | None = None


class CustomerDefaulted(Event):
    """A customer is in default; new invoices are born held (CB-102)."""

    KIND = Kind("revenueguard", "customer", "defaulted", "customer_id")
    customer_id: UUID
    reason: str
    since_at: Instant


class DefaultCleared(Event):
    """A customer is in good standing again (CB-105)."""

    KIND = Kind("revenueguard", "customer", "default_cleared", "customer_id")
    customer_id: UUID
    reason: str


class RedirectActivated(Event):
    """A customer's hashrate is to go to the host's holding pool, as a clause of the contract permits (CB-103)."""

    KIND = Kind("revenueguard", "customer", "redirect_activated", "customer_id")
    customer_id: UUID
    redirect_id: UUID | None = None
    contract_id: UUID | None = None
    clause: str | None = None
    reason: str | None = None
    since_at: Instant | None = None


class RedirectRestored(Event):
    """A customer's machines are to mine for the customer again (CB-106)."""

    KIND = Kind("revenueguard", "customer", "redirect_restored", "customer_id")
    customer_id: UUID
    redirect_id: UUID | None = None
    reason: str | None = None


class UncontractedUnitFound(Event):
    """A unit is online and hashing without an active contract (CB-108)."""

    KIND = Kind("revenueguard", "unit", "uncontracted", "unit_id")
    unit_id: UUID
    since_at: Instant
