"""Compute a customer's invoices of a period, one per currency, from what is kept; store nothing (rules 7.1 to 7.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from common.db import Tx
from invoicing.domain.adjustment import Recomputed, posted_of
from invoicing.domain.charges import Charge
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.late_fee import LateInvoice, balance_without_fees
from invoicing.domain.lines import LineKind
from invoicing.domain.monthly import Month, monthly_invoice
from invoicing.domain.periods import Period
from invoicing.domain.rated import PoolRecord, Source
from invoicing.domain.rating import rate
from invoicing.domain.terms import ContractTerms, ContractType
from invoicing.store import charges, copies, invoices, usage
from invoicing.store.copies import Payer
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import BillingRules


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice as computed, and what it takes with it when it is issued."""

    invoice: Invoice
    charge_ids: tuple[UUID, ...]
    corrected: tuple[tuple[UUID, str], ...]


async def draft_month(tx: Tx, payer: Payer, period: Period, rules: BillingRules) -> list[Draft]:
    """The drafts in order of currency; a preview is this very call. Refusals of the rules pass through."""
    terms = await copies.terms_of_customer(tx, payer.customer_id)
    open_charges = await charges.unbilled(tx, payer.customer_id)
    earlier = await invoices.of_customer(tx, payer.customer_id)
    drafts = []
    for currency in dict.fromkeys(t.currency for t in terms):
        own = [t for t in terms if t.currency == currency]
        about = [i for i in earlier if i.currency == currency]
        month, taken = await _month(tx, (payer, currency, period), own, about, (rules, open_charges))
        invoice = monthly_invoice(month, rules.settings)
        if invoice is not None:
            drafts.append(Draft(invoice, _billed(invoice), taken))
    return drafts


async def _month(
    tx: Tx,
    whom: tuple[Payer, str, Period],
    terms: Sequence[ContractTerms],
    earlier: Sequence[Kept],
    given: tuple[BillingRules, Sequence[Charge]],
) -> tuple[Month, tuple[tuple[UUID, str], ...]]:
    (payer, currency, period), (rules, open_charges) = whom, given
    changed = [
        (contract_id, name)
        for contract_id, name in await usage.changes(tx, [UUID(t.contract_id) for t in terms])
        if name < period.name
    ]
    by_id = {t.contract_id: t for t in terms}
    recomputed = [
        Recomputed(str(c), name, rate(await source(tx, by_id[str(c)], rules.period(name))).lines) for c, name in changed
    ]
    month = Month(
        customer_id=str(payer.customer_id),
        currency=currency,
        period=period,
        sources=[await source(tx, t, period) for t in terms],
        charges=[c for c in open_charges if c.contract_id in by_id],
        recomputed=recomputed,
        posted=posted_of((i.invoice.head.period, i.invoice.lines) for i in earlier) if recomputed else None,
        late=() if payer.born_held else _late(earlier, rules),
    )
    return month, tuple(changed)


async def source(tx: Tx, terms: ContractTerms, period: Period) -> Source:
    """Everything that prices one contract in one period."""
    contract_id = UUID(terms.contract_id)
    if terms.type is not ContractType.INFINITY:
        return Source(terms, period, await usage.totals(tx, contract_id, period.name))
    records = await charges.pool_records_of(tx, contract_id, period.from_at, period.to_at)
    pool = [PoolRecord(r.from_at, r.to_at, r.satoshi, Decimal(r.price)) for r in records]
    return Source(terms, period, (), await copies.hashprice(tx, period.from_at, period.to_at), pool)


def _late(earlier: Sequence[Kept], rules: BillingRules) -> list[LateInvoice]:
    if rules.settings.late_fee is None:
        return []
    fees: dict[str, Decimal] = {}
    for kept in earlier:
        for line in kept.invoice.lines:
            if line.kind is LineKind.LATE_FEE and line.refers_to:
                fees[line.refers_to] = fees.get(line.refers_to, Decimal(0)) + line.amount
    inclusive = rules.settings.tax.inclusive
    return [
        LateInvoice(
            str(kept.invoice_id),
            kept.invoice.head.due_on,
            balance_without_fees(kept.invoice, kept.balance, inclusive=inclusive),
            fees.get(str(kept.invoice_id), Decimal(0)),
        )
        for kept in earlier
        if kept.status in (InvoiceStatus.ISSUED, InvoiceStatus.OVERDUE)
    ]


def _billed(invoice: Invoice) -> tuple[UUID, ...]:
    return tuple(UUID(li.refers_to) for li in invoice.lines if li.kind is LineKind.SERVICE and li.refers_to)
