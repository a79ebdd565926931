"""Units as telemetry shows them, watched: offline, below their rated hashrate, too hot (CM-29)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from common.db import Tx
from common.money import round_half_up
from metering.domain.alert_rules import AlertKind, AlertRule, Preference, own_rule
from metering.domain.conditions import Level, above, below
from metering.domain.values import UnitStatus
from metering.store import alerts, copies, preferences, settings
from metering.store.alert_tables import NOBODY
from metering.use_cases.raise_alerts import Observed, raise_alerts

_A_LITTLE = Decimal("0.000001")
_KINDS = (AlertKind.UNIT_OFFLINE, AlertKind.LOW_HASHRATE, AlertKind.HIGH_TEMPERATURE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A unit in a scan that is newer than all before it. Hashrate and temperature as they came."""

    unit_id: UUID
    at: datetime
    hashrate_ths: str
    status: str
    temperature_c: str | None


async def watch_units(tx: Tx, organization_id: UUID, sightings: Sequence[Sighting]) -> None:
    """Look at what the scans show; what is well and was well costs nothing but the comparison."""
    if not sightings:
        return
    rules = (await settings.read(tx)).alert_rules
    units = {one.unit_id for one in sightings}
    under_watch = set(await alerts.watched(tx, _KINDS, units))
    rated = await _rated(tx, units)
    wishes = await preferences.of_units(tx, units, max(one.at for one in sightings))
    host = {kind: rules[kind] for kind in _KINDS}
    known = {unit: _Unit.of(host, wishes.get(unit), rated.get(unit)) for unit in units}
    observed = [*_over(sightings, known, under_watch), *_observed(sightings, known, under_watch)]
    await raise_alerts(tx, organization_id, rules, observed)


async def _rated(tx: Tx, units: Iterable[UUID]) -> dict[UUID, Fraction]:
    """The newest rated TH/s of the units."""
    return {row.unit_id: _exact(row.rated_ths) for row in await copies.ratings_of(tx, units)}


@dataclass(frozen=True, slots=True)
class _Unit:
    """The host's rules, those of the unit's customer that differ, its rated TH/s, and from where on it is well."""

    host: Mapping[AlertKind, AlertRule]
    own: Mapping[AlertKind, AlertRule]
    customer_id: UUID
    rated_ths: Fraction | None
    well_ths: Decimal
    well_celsius: Decimal

    @classmethod
    def of(cls, host: Mapping[AlertKind, AlertRule], wish: Preference | None, rated_ths: Fraction | None) -> _Unit:
        rules = {kind: None if wish is None else own_rule(kind, host[kind], wish) for kind in _KINDS}
        own = {kind: rule for kind, rule in rules.items() if rule is not None}
        percent, celsius = (
            [one.clear_at for one in (host[kind], own.get(kind)) if one is not None and one.clear_at is not None]
            for kind in (AlertKind.LOW_HASHRATE, AlertKind.HIGH_TEMPERATURE)
        )
        wanted = (rated_ths or Fraction(0)) * max(percent, default=0) / 100
        well_ths, well_celsius = round_half_up(wanted, 6), round_half_up(min(celsius, default=Fraction(0)), 6)
        customer_id = NOBODY if wish is None else wish.customer_id
        return cls(host, own, customer_id, rated_ths, well_ths + _A_LITTLE, well_celsius - _A_LITTLE)

    def counts(self, kind: AlertKind, asked_by_id: UUID) -> bool:
        """Whether a watch is by a rule that holds; a former customer's, or one that is as the host's, is over."""
        return asked_by_id == NOBODY or (asked_by_id == self.customer_id and kind in self.own)

    def is_plainly_well(self, one: Sighting) -> bool:
        """Most sightings: decided without exact arithmetic, on the safe side of the thresholds."""
        return (
            one.status != UnitStatus.OFFLINE
            and Decimal(one.hashrate_ths) >= self.well_ths
            and (one.temperature_c is None or Decimal(one.temperature_c) <= self.well_celsius)
        )


def _observed(
    sightings: Sequence[Sighting], units: Mapping[UUID, _Unit], under_watch: set[alerts.Key]
) -> Iterator[Observed]:
    """Only what is bad, or was: a unit that became bad within the batch stays under watch in it."""
    watching, watched_units = set(under_watch), {unit for _, unit, _ in under_watch}
    for one in sightings:
        unit = units[one.unit_id]
        if one.unit_id not in watched_units and unit.is_plainly_well(one):
            continue
        for whose, rules in ((NOBODY, unit.host), (unit.customer_id, unit.own)):
            for kind, level, value in _levels(one, rules, unit.rated_ths):
                key = (kind, one.unit_id, whose)
                if level is Level.BAD:
                    watching.add(key)
                    watched_units.add(one.unit_id)
                if key in watching:
                    yield Observed(
                        kind, one.unit_id, level, one.at, _words(kind, one, value), value, one.unit_id,
                        rule=rules[kind], asked_by_id=whose, is_shared=kind not in unit.own,
                    )  # fmt: skip


def _over(
    sightings: Sequence[Sighting], units: Mapping[UUID, _Unit], under_watch: set[alerts.Key]
) -> Iterator[Observed]:
    """What is watched by no rule any more is well at once."""
    first_at = {one.unit_id: one.at for one in reversed(sightings)}
    for kind, unit_id, whose in under_watch:
        if not units[unit_id].counts(kind, whose):
            rule = replace(units[unit_id].host[kind], clear_minutes=0)
            at = first_at[unit_id]
            yield Observed(kind, unit_id, Level.WELL, at, unit_id=unit_id, rule=rule, asked_by_id=whose)


def _levels(
    one: Sighting, rules: Mapping[AlertKind, AlertRule], rated_ths: Fraction | None
) -> Iterator[tuple[AlertKind, Level, Fraction | None]]:
    is_offline = one.status == UnitStatus.OFFLINE
    if AlertKind.UNIT_OFFLINE in rules:
        yield AlertKind.UNIT_OFFLINE, Level.BAD if is_offline else Level.WELL, None
    if rated_ths and AlertKind.LOW_HASHRATE in rules:
        percent = _exact(one.hashrate_ths) / rated_ths * 100
        level = Level.BETWEEN if is_offline else below(percent, rules[AlertKind.LOW_HASHRATE])
        yield AlertKind.LOW_HASHRATE, level, percent
    if one.temperature_c is not None and AlertKind.HIGH_TEMPERATURE in rules:
        celsius = _exact(one.temperature_c)
        yield AlertKind.HIGH_TEMPERATURE, above(celsius, rules[AlertKind.HIGH_TEMPERATURE]), celsius


def _words(kind: AlertKind, one: Sighting, value: Fraction | None) -> str:
    if kind is AlertKind.UNIT_OFFLINE:
        return "The unit is offline."
    if kind is AlertKind.LOW_HASHRATE:
        return f"The unit hashes at {one.hashrate_ths} TH/s, {round(value or 0)} % of what it is rated for."
    return f"The unit is at {one.temperature_c} degrees Celsius."


@lru_cache(maxsize=65536)
def _exact(text: str) -> Fraction:
    return Fraction(text)
