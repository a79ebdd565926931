"""Facts that invoicing owns: invoices, their settlement, the customer's credit."""

from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, Day, DecimalText, Part


class _Invoice(Event):
    invoice_id: UUID
    customer_id: UUID
    number: str
    currency: Currency


class InvoiceIssued(_Invoice):
    """An invoice is out and owed: by its run, or by release from hold (CB-62).

    That of a prepaid cycle names its contract, the cycle's number, and the units it charges (rule 6.2). `charge_ids`
    are the charges that stand on it: services, deposits, fees of early ends.
    """

    KIND = Kind("invoicing", "invoice", "issued", "invoice_id")
    period: str
    issued_on: Day
    due_on: Day
    total: DecimalText
    amount_due: DecimalText
    contract_id: UUID | None = None
    cycle: int | None = None
    unit_ids: list[UUID] = []
    charge_ids: list[UUID] = []


class InvoiceHeld(_Invoice):
    """An invoice was born held: the customer is in default or on billing hold (CB-60)."""

    KIND = Kind("invoicing", "invoice", "held", "invoice_id")
    period: str
    total: DecimalText
    reason: str


class InvoiceOverdue(_Invoice):
    """The due date passed with a balance above zero (rule 7.2)."""

    KIND = Kind("invoicing", "invoice", "overdue", "invoice_id")
    due_on: Day
    balance: DecimalText


class InvoiceSettled(_Invoice):
    """The balance of an invoice came to zero."""

    KIND = Kind("invoicing", "invoice", "settled", "invoice_id")
    settled_on: Day


class InvoiceReopened(_Invoice):
    """A payment was reversed: a settled invoice is owed again."""

    KIND = Kind("invoicing", "invoice", "reopened", "invoice_id")
    due_on: Day
    balance: DecimalText


class InvoiceCancelled(_Invoice):
    """An invoice is void; nothing of it is owed."""

    KIND = Kind("invoicing", "invoice", "cancelled", "invoice_id")
    reason: str


class InvoiceWrittenOff(_Invoice):
    """The balance of an invoice is given up."""

    KIND = Kind("invoicing", "invoice", "written_off", "invoice_id")
    amount: DecimalText


class Owed(Part):
    """An open invoice and what is left of it."""

    invoice_id: UUID
    number: str
    due_on: Day
    balance: DecimalText


class CreditChanged(Event):
    """The credit balance of a customer in one currency moved."""

    KIND = Kind("invoicing", "credit", "changed", "customer_id")
    customer_id: UUID
    currency: Currency
    balance: DecimalText
    change: DecimalText
    reason: str


class BillingRunFinished(Event):
    """A run over a period ended: how many invoices it made, and which customers it refused and why."""

    KIND = Kind("invoicing", "run", "finished", "organization_id")
    organization_id: UUID
    period: str
    issued: int
    held: int
    skipped: int
    refused: dict[str, str] = {}
