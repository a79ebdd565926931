"""An order to derive closed days again from the first read on, trusting no frozen state, and to say what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from common import wakeups
from common.clock import day_end, day_start, local_day
from common.db import Tx, new_id
from common.errors import Conflict, RuleBroken
from common.organizations import organization
from events.metering import UsageMeasured
from metering.store import closings, copies, locks, rederivations, releases, states
from metering.store.rederivations import Change, Rederivation
from metering.use_cases.derive_days import Days, derive_days
from metering.use_cases.publish_usage import Published, publish_usage
from metering.use_cases.rederive import close_again
from metering.use_cases.wait_for_copies import wait_for_units

REDERIVE_SPAN = "rederive_span"
UNITS_AT_ONCE = 20
_STEP = timedelta(days=31)
_DAY = timedelta(days=1)
_MOST = 10**9


async def order_rederivation(
    tx: Tx, organization_id: UUID, days: tuple[date, date], unit_id: UUID | None, *, at: datetime
) -> Rederivation:
    """Keep the order; a job follows at once. Days that are not closed are left out; none at all is refused."""
    if days[1] < days[0]:
        raise RuleBroken(f"{days[1]} lies before {days[0]}.", field="to_on", remedy="the same day or a later one")
    if unit_id is not None:
        await wait_for_units(tx, [unit_id])
    first, last = await closings.first_day(tx), await closings.last_day(tx)
    if first is None or last is None or days[1] < first or days[0] > last:
        closed = "none is" if first is None else f"those from {first} to {last} are"
        raise Conflict(
            f"No day from {days[0]} to {days[1]} is closed; {closed}.", field="from_on", remedy="closed days"
        )
    zone = (await organization(tx, organization_id)).timezone
    final_at = await releases.final_until(tx)
    final_on = first if final_at is None else local_day(final_at, zone) + _DAY
    begun_on, ended_on = max(days[0], first, final_on), min(days[1], last)
    if ended_on < begun_on:
        raise Conflict(f"The evidence of {ended_on} was let go.", field="to_on", remedy=f"days from {final_on} on")
    span = (day_start(begun_on, zone), day_end(ended_on, zone))
    units = [unit_id] if unit_id else await copies.billed_units(tx, *span, after=None, most=_MOST)
    order = Rederivation(new_id(), begun_on, ended_on, unit_id, at, unit_count=len(units))
    await rederivations.add(tx, organization_id, order)
    await _ask(tx, organization_id, order, {}, at)
    return order


async def rederive_span(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """Some of the order's units; the job asks for itself again until all are done."""
    await locks.alone(tx, organization_id)
    order = await rederivations.get(tx, UUID(payload["rederivation_id"]))
    zone = (await organization(tx, organization_id)).timezone
    whole = Days(order.from_on, order.to_on, zone)
    after = UUID(payload["after"]) if "after" in payload else None
    units = await _units(tx, order, whole, after)
    failed = 0
    changes: list[Change] = []
    begun_on = order.from_on
    while units and begun_on <= order.to_on:
        days = Days(begun_on, min(begun_on + _STEP - _DAY, order.to_on), zone)
        outcome = await derive_days(tx, units, days, from_the_first=True)
        published = await publish_usage(tx, organization_id, outcome, days, at=due_at)
        await states.put(tx, organization_id, [start for one in outcome.units for start in one.starts])
        changes += [_change(one) for one in published]
        failed = max(failed, sum(one.failed is not None for one in outcome.units))
        begun_on = days.last + _DAY
    await rederivations.add_changes(tx, organization_id, order.rederivation_id, changes)
    is_done = order.unit_id is not None or len(units) < UNITS_AT_ONCE
    after_this = replace(
        order,
        state="done" if is_done else "ordered",
        failed_count=order.failed_count + failed,
        change_count=order.change_count + len(changes),
        done_at=due_at if is_done else None,
    )
    await rederivations.put(tx, after_this)
    if is_done:
        await close_again(tx, organization_id, whole, due_at)
    else:
        await _ask(tx, organization_id, order, {"after": str(units[-1])}, due_at)


async def _units(tx: Tx, order: Rederivation, whole: Days, after: UUID | None) -> Sequence[UUID]:
    if order.unit_id is not None:
        return [order.unit_id]
    return await copies.billed_units(tx, *whole.span, after=after, most=UNITS_AT_ONCE)


async def _ask(tx: Tx, organization_id: UUID, order: Rederivation, more: dict[str, str], at: datetime) -> None:
    target = (REDERIVE_SPAN, f"rederive-span/{order.rederivation_id}")
    await wakeups.job(
        tx, organization_id, target, at=at, payload={"rederivation_id": str(order.rederivation_id)} | more
    )


def _change(one: Published) -> Change:
    event = one.event
    return Change(
        unit_id=event.unit_id,
        contract_id=event.contract_id,
        from_at=event.from_at,
        to_at=event.to_at,
        day=event.day,
        revision=event.revision,
        before=None if one.before is None else _told(one.before),
        after=None if event.is_void else _told(event),
    )


def _told(event: UsageMeasured) -> dict[str, Any]:
    """What people compare: energy by method, and the hours that none covers."""
    return {
        "energy_kwh": {method: used.energy_kwh for method, used in event.by_method.items()},
        "failover_hours": event.failover.hours if event.failover else "0",
        "unbilled_hours": event.unbilled_hours,
        "flags": event.flags,
    }
