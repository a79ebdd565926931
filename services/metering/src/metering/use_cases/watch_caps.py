"""Power caps watched: the mean of each UTC quarter hour of a contract against its cap (rule 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from common.clock import day_start, local_day
from common.db import Tx
from common.money import round_half_up
from common.organizations import organization
from metering.domain.alert_rules import AlertKind, AlertRule
from metering.domain.conditions import Level, above
from metering.domain.instants import QUARTER_US, hours_of, instant_at, micros_of
from metering.domain.load import Wanted
from metering.domain.profile import LoadStep, Resolution
from metering.store import alerts, copies
from metering.use_cases.load_profiles import Subject, load_profile
from metering.use_cases.raise_alerts import Observed, raise_alerts

QUARTER = timedelta(minutes=15)
GRACE = timedelta(minutes=5)
"""How long the reads of a quarter hour may take to arrive."""
LATE = timedelta(hours=2)
"""So long a quarter hour of which not all is known is looked at again: a collector's link may have been cut."""


@dataclass(frozen=True, slots=True)
class Capped:
    """A contract with a power cap in force."""

    contract_id: UUID
    cap_kw: Fraction


async def capped(tx: Tx, at: datetime) -> list[Capped]:
    """The contracts that count at the instant and have a cap then."""
    found = []
    for contract_id, terms in (await copies.terms_in_force(tx, at)).items():
        if terms.get("power_cap_kw"):
            found.append(Capped(contract_id, Fraction(terms["power_cap_kw"])))
    return found


async def watch_caps(
    tx: Tx, organization_id: UUID, rule: AlertRule, until_at: datetime, *, is_final: bool = False
) -> datetime | None:
    """Look at the quarter hours that ended by the instant and were not looked at; answers when the next one is due.

    `is_final`: no reads of them are waited for any more.
    """
    contracts = await capped(tx, until_at) if rule.is_on else []
    zone = (await organization(tx, organization_id)).timezone
    end_at = instant_at(micros_of(until_at) // QUARTER_US * QUARTER_US)
    for one in contracts:
        begun_at = await alerts.looked_at(tx, one.contract_id)
        if begun_at is None:
            begun_at = day_start(local_day(end_at - QUARTER, zone), zone)
        begun_at = instant_at(-(-micros_of(begun_at) // QUARTER_US) * QUARTER_US)
        if begun_at >= end_at:
            continue
        wanted = Wanted(begun_at, end_at, Resolution.QUARTER, zone)
        steps = await load_profile(tx, organization_id, Subject(contract_id=one.contract_id), wanted)
        waiting = set() if is_final else await _waiting(tx, one, steps, end_at)
        told_at = await alerts.closed_until(tx, AlertKind.POWER_CAP, one.contract_id)
        observed = [look for look in _observed(one, steps, rule, waiting) if told_at is None or look.at > told_at]
        await raise_alerts(tx, organization_id, {AlertKind.POWER_CAP: rule}, observed)
        await alerts.keep_look(tx, organization_id, one.contract_id, min(waiting, default=end_at))
    return end_at + QUARTER + GRACE if contracts else None


async def _waiting(tx: Tx, one: Capped, steps: Sequence[LoadStep], until_at: datetime) -> set[datetime]:
    """Where the younger quarters begin for which some assigned unit's energy is not known (yet)."""
    units = await copies.units_on(tx, [one.contract_id])
    lives = [row for row in await copies.assignments_of(tx, units) if row.contract_id == one.contract_id]
    return {
        step.from_at
        for step in steps
        if until_at - step.to_at < LATE and step.hours < sum(_hours(row, step) for row in lives)
    }


def _hours(life: Any, step: LoadStep) -> Fraction:
    """How much of the step an assignment covers."""
    ends = min(step.to_at, life.to_at or step.to_at), max(step.from_at, life.from_at or step.from_at)
    return max(Fraction(0), hours_of(micros_of(ends[0]) - micros_of(ends[1])))


def _observed(one: Capped, steps: list[LoadStep], rule: AlertRule, waiting: set[datetime]) -> list[Observed]:
    """A quarter of which nothing is known changes nothing; one of which more will be known may only be too much."""
    found = []
    for step in steps:
        mean_kw = step.energy_kwh * 4
        percent = mean_kw / one.cap_kw * 100
        level = above(percent, rule) if step.hours else Level.BETWEEN
        if level is Level.WELL and step.from_at in waiting:
            level = Level.BETWEEN
        words = f"The mean of the quarter hour was {_kw(mean_kw)} kW; the cap is {_kw(one.cap_kw)} kW."
        found.append(
            Observed(
                AlertKind.POWER_CAP, one.contract_id, level, step.to_at, words, percent, contract_id=one.contract_id
            )
        )
    return found


def _kw(number: Fraction) -> str:
    return f"{round_half_up(number, 3):f}"
