"""What the steps of a case have left behind: invoices, credit, charges billed, payouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from common.money import minor_unit
from hostbook.scenario.case import Case, Customer
from invoicing.domain.invoice import Invoice, InvoiceStatus, moved
from invoicing.domain.issue import issue
from invoicing.domain.late_fee import LateInvoice, balance_without_fees
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.rated import Payout
from invoicing.domain.usage import UnitUsage


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an invoice was made of when it was made: late evidence leaves the explanation of its lines alone.

    `usage` by contract; `older` what its corrections compared with, by (contract, corrected period or cycle): the lines
    computed again and the usage they stand on.
    """

    usage: Mapping[str, Sequence[UnitUsage]] = field(default_factory=dict)
    older: Mapping[tuple[str, str], tuple[Sequence[Line], Sequence[UnitUsage]]] = field(default_factory=dict)


NO_GROUNDS = Grounds()


@dataclass(slots=True)
class Posted:
    """An invoice that has left draft; `index` is its place, from 0. `batch` only for a prepaid cycle's."""

    index: int
    invoice: Invoice
    batch: str | None = None
    grounds: Grounds = NO_GROUNDS


@dataclass(frozen=True, slots=True)
class Refusal:
    """An invoice that could not be made, with the reason (rule 5)."""

    customer_id: str
    period: str
    reason: str


@dataclass(slots=True)
class Books:
    case: Case
    posted: list[Posted] = field(default_factory=list)
    credit: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    billed_charges: set[str] = field(default_factory=set)
    payouts: list[Payout] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case) -> Books:
        currency = case.organization.settings.currency
        return cls(case, credit={(one.customer_id, currency): one.credit for one in case.customers})

    def post(self, draft: Invoice, customer: Customer, grounds: Grounds, batch: str | None = None) -> None:
        """Issues the draft: held, or with the customer's credit of its currency applied."""
        key = (customer.customer_id, draft.head.currency)
        balance = self.credit.get(key, Decimal(0).scaleb(-minor_unit(draft.head.currency)))
        issued = issue(draft, balance, held=customer.held)
        self.credit[key] = issued.credit
        self.posted.append(Posted(len(self.posted), issued.invoice, batch, grounds))
        self.payouts += issued.invoice.payouts
        self.billed_charges |= {
            line.refers_to for line in draft.lines if line.kind is LineKind.SERVICE and line.refers_to is not None
        }

    def pay(self, index: int) -> None:
        """The whole balance of an invoice; one that is held or paid has nothing to pay."""
        posted = self.posted[index]
        if posted.invoice.status is InvoiceStatus.ISSUED:
            posted.invoice = moved(posted.invoice, InvoiceStatus.PAID)

    def of_customer(self, customer_id: str, currency: str) -> list[Posted]:
        """The customer's invoices in one currency, in order of issue."""
        return [
            p for p in self.posted if (p.invoice.head.customer_id, p.invoice.head.currency) == (customer_id, currency)
        ]

    def late(self, customer: Customer, currency: str) -> list[LateInvoice]:
        """Earlier invoices that stay unpaid; held ones bear no fee, and none is put on a held invoice (rule 7.8)."""
        if customer.held or self.case.organization.settings.late_fee is None:
            return []
        earlier = self.of_customer(customer.customer_id, currency)
        lines = [line for posted in earlier for line in posted.invoice.lines]
        inclusive = self.case.organization.settings.tax.inclusive
        return [
            LateInvoice(
                invoice_id=str(posted.index),
                due_on=posted.invoice.head.due_on,
                balance=balance_without_fees(posted.invoice, posted.invoice.amount_due, inclusive=inclusive),
                charged_before=_charged(lines, str(posted.index)),
            )
            for posted in earlier
            if posted.invoice.status is InvoiceStatus.ISSUED
        ]

    def batch_lines(self, batch: str) -> list[Line]:
        """The lines of a batch's cycle invoices so far."""
        return [line for posted in self.posted if posted.batch == batch for line in posted.invoice.lines]


def _charged(lines: list[Line], invoice_id: str) -> Decimal:
    return sum(
        (line.amount for line in lines if line.kind is LineKind.LATE_FEE and line.refers_to == invoice_id), Decimal(0)
    )
