"""The prepaid plan: each cycle of each batch is invoiced due days before its first day (rules 6.1 to 6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from invoicing.domain.cycle_invoice import CycleBill, cycle_invoice
from invoicing.domain.cycles import Batch, batches_of
from invoicing.domain.invoice import InvoiceStatus
from invoicing.domain.late_fee import LateInvoice
from invoicing.domain.prepayment import held_shares, released_units
from invoicing.domain.reconcile import DISTANCE, posted_adjustments
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import UnitUsage
from invoicing.store import batches, books, changes, copies, invoices, locks, usage
from invoicing.store.batches import KeptBatch
from invoicing.store.copies import Payer
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import BillingRules
from invoicing.use_cases.draft_month import late_invoices
from invoicing.use_cases.issue_invoice import Born, issue_draft

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Case:
    """One batch with what was invoiced of it so far."""

    batch: Batch
    payer: Payer
    held: Mapping[str, Decimal] | None
    made: list[Kept]
    rules: BillingRules


async def bill_cycles(
    tx: Tx, terms: ContractTerms, rules: BillingRules, *, at: datetime, again: bool = False
) -> list[Kept]:
    """Invoice the cycles of a contract that are due to be; `again` those too whose invoice was cancelled.

    A cycle has one invoice: doing it twice makes nothing more. Answers what it made.
    """
    contract_id, customer_id = UUID(terms.contract_id), UUID(terms.customer_id)
    await locks.alone(tx, customer_id)
    payer = await copies.payer(tx, customer_id)
    settled = {b.invoiced: b.held for b in await batches.of_contract(tx, contract_id)}
    units = await copies.prepaid_units(tx, contract_id)
    out: list[Kept] = []
    for batch in batches_of(terms, units, settled):
        held = next((h for b, h in settled.items() if (b.first_on, b.part) == (batch.first_on, batch.part)), None)
        amounts = None if held is None else {u: a for u, a in held.items() if a is not None}
        case = _Case(batch, payer, amounts, await invoices.of_batch(tx, customer_id, batch.key), rules)
        out += await _bill_batch(tx, case, at, again=again)
    return out


async def _bill_batch(tx: Tx, case: _Case, at: datetime, *, again: bool) -> list[Kept]:
    batch, rules = case.batch, case.rules
    out: list[Kept] = []
    today, number = local_day(at, rules.host.timezone), 1
    done = {i.invoice.head.period for i in case.made if not (again and i.status is InvoiceStatus.CANCELLED)}
    while batch.cycle(number).first_on - timedelta(days=rules.settings.due_days) <= today:
        if not batch.running(number) and not (number > DISTANCE and batch.running(number - DISTANCE)):
            break
        if batch.cycle_key(number) not in done and (kept := await _bill_cycle(tx, case, number, at)):
            case.made.append(kept)
            out.append(kept)
        number += 1
    return out


async def _bill_cycle(tx: Tx, case: _Case, number: int, at: datetime) -> Kept | None:
    batch, rules = case.batch, case.rules
    organization_id, contract_id = rules.host.organization_id, UUID(batch.terms.contract_id)
    draft = cycle_invoice(await _bill_of(tx, case, number), rules.settings)
    if draft is None:
        return None
    draft = replace(draft, issuer=rules.issuers.of([batch.terms], case.payer.issuing_entity_id))
    if number == 1:
        shares: dict[str, Decimal] = held_shares(batch)
        held = {member.unit_id: shares.get(member.unit_id) for member in batch.members}
        await batches.settle(tx, organization_id, contract_id, KeptBatch(batch.first_on, batch.part, held))
    if number > DISTANCE:
        await changes.forget_days(tx, contract_id, _unit_ids(batch), batch.cycle(number - 1).first_on)
    lots = await books.of_lots(tx, case.payer.customer_id, batch.terms.currency)
    born = Born(rules.preferences.number_prefix, None, case.payer.born_held)
    return await issue_draft(tx, organization_id, draft, born, lots, at=at)


async def _bill_of(tx: Tx, case: _Case, number: int) -> CycleBill:
    lines = [line for kept in case.made if kept.status is not InvoiceStatus.CANCELLED for line in kept.invoice.lines]
    returned = released_units(lines)
    held = None if case.held is None else {u: a for u, a in case.held.items() if u not in returned}
    if held is None and number > 1:
        held = {u: a for u, a in held_shares(case.batch).items() if u not in returned}
    changed = await _changed(tx, case.batch, number)
    late: tuple[LateInvoice, ...] = ()
    if case.rules.settings.late_fee is not None and case.payer.born_held is None:
        earlier = await invoices.of_customer(tx, case.payer.customer_id, case.batch.terms.currency)
        late = tuple(late_invoices(earlier, case.rules))
    return CycleBill(
        batch=case.batch,
        number=number,
        usage=await _usage(tx, case.batch, {*changed, number - DISTANCE}),
        posted=posted_adjustments(lines),
        held=held if number > 1 else None,
        unreturned=frozenset(held or ()),
        late=late,
        changed=changed,
    )


async def _changed(tx: Tx, batch: Batch, number: int) -> frozenset[int]:
    """The cycles two back and older that a changed day lies in or beside: a span of zero may reach over the edge."""
    if number <= DISTANCE:
        return frozenset()
    before = batch.cycle(number - 1).first_on
    days = await changes.days_of(tx, UUID(batch.terms.contract_id), _unit_ids(batch), before)
    near = {day + ONE_DAY * step for day in days for step in (-1, 0, 1)}
    cycles = (batch.cycle(n) for n in range(1, number - DISTANCE + 1))
    return frozenset(c.number for c in cycles if any(c.first_on <= day <= c.last_on for day in near))


async def _usage(tx: Tx, batch: Batch, numbers: set[int]) -> dict[str, list[UnitUsage]]:
    """The spans of those cycles, with a day on both sides, by unit, each once."""
    spans: dict[tuple[str, datetime], UnitUsage] = {}
    for cycle in (batch.cycle(n) for n in sorted(numbers) if n >= 1):
        contract_id = UUID(batch.terms.contract_id)
        for span in await usage.spans(tx, contract_id, cycle.from_at - ONE_DAY, cycle.to_at + ONE_DAY):
            spans[span.unit_id, span.from_at] = span
    by_unit: dict[str, list[UnitUsage]] = {}
    for (unit_id, _), span in sorted(spans.items()):
        by_unit.setdefault(unit_id, []).append(span)
    return by_unit


def _unit_ids(batch: Batch) -> list[UUID]:
    return [UUID(member.unit_id) for member in batch.members]
