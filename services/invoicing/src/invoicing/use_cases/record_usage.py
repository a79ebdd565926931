"""Keep a span of usage and its period's sum; changed evidence of an invoiced period is noted (rules 6.4, 7.3)."""

from uuid import UUID

from common.db import Tx
from common.organizations import organization
from events.metering import UsageMeasured
from invoicing.domain.periods import Period, day_holding, period_holding
from invoicing.domain.terms import ContractTerms, Plan
from invoicing.store import changes, copies, facts, invoices, locks, usage
from invoicing.store.wire import usage_of


async def record_usage(tx: Tx, organization_id: UUID, event: UsageMeasured) -> None:
    """A span that is new adds to its period's sum; one that replaces another makes the unit's sum anew."""
    await locks.beside_others(tx, event.customer_id)
    span = usage_of(event)
    before = await usage.keep_span(tx, organization_id, span, event.day, event.revision)
    if before is None:
        return
    host = await organization(tx, organization_id)
    period = period_holding(day_holding(span.from_at, host.timezone), host.billing_day, host.timezone)
    terms = await copies.terms(tx, event.contract_id)
    if event.is_void:
        await usage.drop_span(tx, event.contract_id, event.unit_id, event.from_at)
    if before == 0 and not event.is_void:
        await usage.add_to_total(tx, organization_id, span, period.name, terms)
    else:
        await usage.sum_again(tx, organization_id, event.contract_id, period, terms, event.unit_id)
    await _note(tx, organization_id, event, period, terms)


async def _note(
    tx: Tx, organization_id: UUID, event: UsageMeasured, period: Period, terms: ContractTerms | None
) -> None:
    """What was invoiced from the evidence before is computed again."""
    if terms is not None and terms.plan is Plan.PREPAID:
        if await changes.invoiced_ahead_of(tx, event.customer_id, event.contract_id, event.day):
            await changes.note_day(tx, organization_id, event.contract_id, event.unit_id, event.day)
        return
    if await invoices.was_invoiced(tx, event.customer_id, period.name):
        await changes.note(tx, organization_id, event.contract_id, period.name)
        await _note_sharers(tx, organization_id, event)


async def _note_sharers(tx: Tx, organization_id: UUID, event: UsageMeasured) -> None:
    """The site's loss is shared by metered energy: one unit's late read moves the others' shares."""
    host = await organization(tx, organization_id)
    for bill in await facts.bills_over(tx, event.unit_id, event.from_at):
        named = period_holding(day_holding(bill.last_at, host.timezone), host.billing_day, host.timezone).name
        for contract_id, customer_id in await changes.contracts_with_extra(tx, "utility_loss"):
            if await invoices.was_invoiced(tx, customer_id, named):
                await changes.note(tx, organization_id, contract_id, named)
