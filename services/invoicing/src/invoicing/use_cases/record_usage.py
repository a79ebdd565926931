"""Keep a span of usage and its period's sum; changed evidence of an invoiced period is noted (rule 7.3)."""

from uuid import UUID

from common.db import Tx
from common.organizations import organization
from events.metering import UsageMeasured
from invoicing.domain.periods import day_holding, period_holding
from invoicing.store import copies, invoices, usage
from invoicing.store.wire import usage_of


async def record_usage(tx: Tx, organization_id: UUID, event: UsageMeasured) -> None:
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
    if await invoices.was_invoiced(tx, event.customer_id, period.name):
        await usage.note_change(tx, organization_id, event.contract_id, period.name)
