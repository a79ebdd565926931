"""Close a local day: derive it, publish its usage, say that it is closed, and ask for the next one (rule 3; CB-32)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from common import wakeups
from common.clock import day_end
from common.db import Tx
from common.organizations import organization
from common.outbox import publish
from events.metering import UsageDayClosed
from metering.domain.alert_rules import AlertKind
from metering.store import closings, copies, locks, settings, spans, states, watches
from metering.use_cases.beside import beside
from metering.use_cases.derive_days import Days, derive_days
from metering.use_cases.publish_usage import publish_usage
from metering.use_cases.retire_evidence import ask_to_retire
from metering.use_cases.watch_caps import watch_caps
from metering.use_cases.watch_registers import watch_registers

CLOSE_DAY = "close_day"
UNITS_AT_ONCE = 200


async def ask_to_close(tx: Tx, organization_id: UUID, day: date, zone: str) -> None:
    """The day is closed the settle window after its end."""
    settled_at = day_end(day, zone) + timedelta(minutes=(await settings.read(tx)).settle_minutes)
    target = (CLOSE_DAY, f"close-day/{organization_id}/{day}")
    await wakeups.job(tx, organization_id, target, at=settled_at, payload={"day": day.isoformat()})


async def close_day(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """Derive some of the units; the job asks for itself again until all are done, then the day is closed."""
    await locks.alone(tx, organization_id)
    zone = (await organization(tx, organization_id)).timezone
    days = Days(date.fromisoformat(payload["day"]), date.fromisoformat(payload["day"]), zone)
    closing = await closings.closing(tx, days.first)
    if closing is not None and closing.is_complete:
        return
    after = UUID(payload["after"]) if "after" in payload else None
    units = await copies.billed_units(tx, *days.span, after=after, most=UNITS_AT_ONCE)
    outcome = await derive_days(tx, units, days, keep=True)
    await publish_usage(tx, organization_id, outcome, days, at=due_at)
    async with beside(tx, "register alerts"):
        await watch_registers(tx, organization_id, outcome, days, at=due_at)
    await states.put(tx, organization_id, [start for one in outcome.units for start in one.starts])
    last = await closings.last_day(tx)
    is_history = last is not None and last > days.first
    await watches.keep(tx, [watch for one in outcome.units for watch in one.watches], only_first=is_history)
    count = (await spans.counts(tx, days.first, days.first)).get(days.first, 0)
    is_complete = len(units) < UNITS_AT_ONCE
    await closings.put(tx, organization_id, days.first, count, is_complete=is_complete, at=due_at)
    if is_complete:
        closed = UsageDayClosed(organization_id=organization_id, day=days.first, span_count=count)
        await publish(tx, organization_id, closed, at=due_at, source="metering")
        async with beside(tx, "power caps"):
            rule = (await settings.read(tx)).alert_rules[AlertKind.POWER_CAP]
            await watch_caps(tx, organization_id, rule, days.span[1], is_final=True)
        await ask_to_retire(tx, organization_id, days.first, due_at)
        await ask_to_close(tx, organization_id, days.first + timedelta(days=1), zone)
    else:
        target = (CLOSE_DAY, f"close-day/{organization_id}/{days.first}")
        await wakeups.job(tx, organization_id, target, at=due_at, payload=payload | {"after": str(units[-1])})
