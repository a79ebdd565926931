"""Compute a customer's invoices of a period, one per currency, from what is kept; store nothing (rules 7.1 to 7.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from common.db import Tx
from invoicing.domain.adjustment import Posted, Recomputed, posted_of
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.issuer import Issuer
from invoicing.domain.late_fee import LateInvoice, balance_without_fees
from invoicing.domain.lines import CHARGED, LineKind
from invoicing.domain.monthly import Month, monthly_invoice
from invoicing.domain.periods import Period
from invoicing.domain.rated import PoolRecord, Source
from invoicing.domain.rating import rate
from invoicing.domain.terms import ContractTerms, ContractType
from invoicing.domain.usage import UnitUsage
from invoicing.store import charges, copies, invoices, usage
from invoicing.store.folder import Folder
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import BillingRules
from invoicing.use_cases.gather_facts import gather_facts


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice as computed, and what it takes with it when it is issued: charges, and changed periods."""

    invoice: Invoice
    charge_ids: tuple[UUID, ...]
    corrected: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class _Before:
    """What was invoiced to the customer so far, read only where something depends on it."""

    recomputed: Sequence[Recomputed] = ()
    posted: Posted | None = None
    late: Sequence[LateInvoice] = ()


async def draft_month(tx: Tx, folder: Folder, period: Period, rules: BillingRules) -> list[Draft]:
    """The drafts in order of currency; a preview is this very call. Refusals of the rules pass through."""
    if not is_billable(folder, period):
        return []
    drafts = []
    for currency in dict.fromkeys(t.currency for t in folder.terms):
        own = [t for t in folder.terms if t.currency == currency]
        changed = [c for c in folder.changed if str(c[0]) in {t.contract_id for t in own} and c[1] <= period.name]
        before = await _before(tx, folder, own, [c for c in changed if c[1] < period.name], rules)
        month = Month(
            customer_id=str(folder.payer.customer_id),
            currency=currency,
            period=period,
            sources=[await _source(tx, t, period, folder.totals.get(t.contract_id, ())) for t in own],
            charges=[c for c in folder.charges if c.contract_id in {t.contract_id for t in own}],
            recomputed=before.recomputed,
            posted=before.posted,
            late=before.late,
        )
        invoice = monthly_invoice(month, rules.settings)
        if invoice is not None:
            invoice = replace(invoice, issuer=_issuer(invoice, own, folder, period, rules))
            drafts.append(Draft(invoice, _billed(invoice), tuple(changed)))
    return drafts


def _issuer(
    invoice: Invoice, own: Sequence[ContractTerms], folder: Folder, period: Period, rules: BillingRules
) -> Issuer | None:
    """Contracts that count in the period say whom it comes from; those that are over only where they are alone."""
    billed = {line.contract_id for line in invoice.lines}
    present = [t for t in own if t.within(period.from_at, period.to_at) is not None]
    naming = present or [t for t in own if t.contract_id in billed]
    return rules.issuers.of(naming, folder.payer.issuing_entity_id)


def is_billable(folder: Folder, period: Period) -> bool:
    """An active customer, or one whose contract ended: who left still gets a final bill (rule 7.5)."""
    return folder.payer.is_active or any(
        terms.end_at is not None and terms.end_at <= period.to_at for terms in folder.terms
    )


async def _before(
    tx: Tx,
    folder: Folder,
    terms: Sequence[ContractTerms],
    changed: Sequence[tuple[UUID, str]],
    rules: BillingRules,
) -> _Before:
    bears_fees = rules.settings.late_fee is not None and folder.payer.born_held is None
    if not changed and not bears_fees:
        return _Before()
    earlier = await invoices.of_customer(tx, folder.payer.customer_id, terms[0].currency)
    invoiced = {i.invoice.head.period for i in earlier}
    by_id = {t.contract_id: t for t in terms}
    recomputed = [
        Recomputed(str(c), name, rate(await source(tx, by_id[str(c)], rules.period(name))).lines)
        for c, name in changed
        if name in invoiced
    ]
    posted = posted_of((i.invoice.head.period, i.invoice.lines) for i in earlier) if recomputed else None
    return _Before(recomputed, posted, late_invoices(earlier, rules) if bears_fees else ())


async def source(tx: Tx, terms: ContractTerms, period: Period) -> Source:
    """Everything that prices one contract in one period."""
    kept = () if terms.type is ContractType.INFINITY else await usage.totals(tx, UUID(terms.contract_id), period.name)
    return await _source(tx, terms, period, kept)


async def _source(tx: Tx, terms: ContractTerms, period: Period, kept: Sequence[UnitUsage]) -> Source:
    if terms.extras or any(one.extras for one in terms.former):
        return Source(terms, period, kept, facts=await gather_facts(tx, terms, period))
    if terms.type is not ContractType.INFINITY:
        return Source(terms, period, kept)
    records = await charges.pool_records_of(tx, UUID(terms.contract_id), period.from_at, period.to_at)
    pool = [PoolRecord(r.from_at, r.to_at, r.satoshi, Decimal(r.price)) for r in records]
    return Source(terms, period, (), await copies.hashprice(tx, period.from_at, period.to_at), pool)


def late_invoices(earlier: Sequence[Kept], rules: BillingRules) -> list[LateInvoice]:
    """The customer's earlier invoices that may bear a late fee, and what was charged for each already (rule 7.8)."""
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
    return tuple(UUID(li.refers_to) for li in invoice.lines if li.kind in CHARGED and li.refers_to)
