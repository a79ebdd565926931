"""Usage by span, closed days, and the hashprice series."""

from common.consuming import EventRouter
from common.db import Tx
from events.envelope import Envelope
from events.metering import HashpricePublished, UsageDayClosed, UsageMeasured
from invoicing.store import changes, copies, usage
from invoicing.use_cases.record_facts import note_contracts
from invoicing.use_cases.record_usage import record_usage

router = EventRouter()


@router.on(UsageMeasured)
async def measured(tx: Tx, event: UsageMeasured, envelope: Envelope) -> None:
    await record_usage(tx, envelope.organization_id, event)


@router.on(UsageDayClosed)
async def day_closed(tx: Tx, event: UsageDayClosed, envelope: Envelope) -> None:
    await usage.close_day(tx, envelope.organization_id, event.day, event.span_count)


@router.on(HashpricePublished)
async def priced(tx: Tx, event: HashpricePublished, envelope: Envelope) -> None:
    row = event.model_dump(include={"series", "from_at", "to_at"}) | {"price": event.usd_per_ph_day}
    await copies.keep_hashprice(tx, envelope.organization_id, row)
    priced_by_it = await changes.infinity_contracts(tx)
    await note_contracts(tx, envelope.organization_id, priced_by_it, (event.from_at, event.to_at))
