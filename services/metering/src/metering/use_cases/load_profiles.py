"""Load profiles of a unit, contract, customer or site: energy in steps, summed over units (CB-32, CB-33)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.errors import RuleBroken
from common.organizations import organization
from metering.domain.instants import BEGIN_US, END_US, micros_of
from metering.domain.intervals import Interval, Intervals
from metering.domain.load import EVER, Load, Wanted, everywhere, of_contracts, time_at_site
from metering.domain.profile import LoadStep
from metering.store import copies, meters, places
from metering.use_cases.derive_days import Days, Outcome, derive_days

UNITS_AT_ONCE = 60
MOST_UNIT_DAYS = 12_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose load: exactly one of the four; a site's is that of units while they hung there.

    `by_contract`: never time without the contract (a customer asks).
    """

    unit_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    by_contract: bool = False


class TooMuch(RuleBroken):
    """More than one call derives."""

    code = "too_much_at_once"


async def load_profile(tx: Tx, organization_id: UUID, subject: Subject, wanted: Wanted) -> list[LoadStep]:
    """The steps in order of time; what lies after the organization's now is not known."""
    load = Load(wanted)
    units = await _units(tx, subject, wanted)
    times = {} if subject.site_id is None else await _times_at(tx, subject.site_id, units)
    host = await organization(tx, organization_id)
    days = days_of(wanted, host.now_at)
    if days is not None:
        count = len(units) * len(days.each)
        if count > MOST_UNIT_DAYS:
            raise TooMuch(
                f"{len(units)} units over {len(days.each)} days are {count} unit-days.",
                field="to_on",
                remedy=f"at most {MOST_UNIT_DAYS} unit-days in one call; ask for fewer days",
            )
        for start in range(0, len(units), UNITS_AT_ONCE):
            outcome = await derive_days(tx, units[start : start + UNITS_AT_ONCE], days, keep=True)
            await asyncio.to_thread(_add, load, outcome, subject, times)
    return load.steps()


def days_of(wanted: Wanted, now_at: datetime) -> Days | None:
    """The local days that hold the wanted span as far as it is past; None where it lies ahead."""
    until_at = min(wanted.to_at, now_at)
    if until_at <= wanted.from_at:
        return None
    first, last = local_day(wanted.from_at, wanted.zone), local_day(until_at - _INSTANT, wanted.zone)
    return Days(first, last, wanted.zone, until_at if until_at == now_at else None)


async def _units(tx: Tx, subject: Subject, wanted: Wanted) -> list[UUID]:
    found = await _named(tx, subject, wanted)
    if subject.by_contract:  # the assignments that a customer's people see are their own
        found = sorted({row.unit_id for row in await copies.assignments_of(tx, found)})
    return found


async def _named(tx: Tx, subject: Subject, wanted: Wanted) -> list[UUID]:
    if subject.unit_id is not None:
        return [subject.unit_id]
    if subject.contract_id is not None:
        return sorted(await copies.units_on(tx, [subject.contract_id]))
    if subject.customer_id is not None:
        return await copies.units_of_customer(tx, subject.customer_id)
    assert subject.site_id is not None
    return await places.units_at(tx, subject.site_id, wanted.from_at, wanted.to_at)


async def _times_at(tx: Tx, site_id: UUID, units: Sequence[UUID]) -> dict[UUID, Intervals]:
    """By unit, when it was at the site."""
    lives: dict[UUID, list[tuple[bool, Interval]]] = {unit: [] for unit in units}
    for row in await meters.channels_of(tx, units=units):
        ends = (
            BEGIN_US if row.from_at is None else micros_of(row.from_at),
            END_US if row.to_at is None else micros_of(row.to_at),
        )
        lives[row.unit_id].append((row.site_id == site_id, ends))
    now = set(await copies.units_at(tx, site_id))
    return {unit: time_at_site(found, is_there_now=unit in now) for unit, found in lives.items()}


def _add(load: Load, outcome: Outcome, subject: Subject, times: Mapping[UUID, Intervals]) -> None:
    contracts = _contracts(outcome, subject)
    whole = None if contracts is not None or subject.by_contract else load.wanted.method
    for one in outcome.units:
        if one.seen is not None:
            windows = of_contracts(one.seen.windows, contracts)
            if whole is not None:
                windows = [everywhere(load.wanted, whole)]
            load.add(one.seen.known, windows, times.get(one.unit_id, EVER))


def _contracts(outcome: Outcome, subject: Subject) -> frozenset[str] | None:
    """The contracts that count; None where all do."""
    if subject.contract_id is not None:
        return frozenset({str(subject.contract_id)})
    if subject.customer_id is not None:
        mine: Sequence[UUID] = [one for one, owner in outcome.customers.items() if owner == subject.customer_id]
        return frozenset(map(str, mine))
    return None
