"""Units as telemetry shows them, watched: offline, below their rated hashrate, too hot (CM-29)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from common.db import Tx
from metering.domain.alert_rules import AlertKind, AlertRule, stricter
from metering.domain.conditions import Level, above, below
from metering.domain.values import UnitStatus
from metering.store import alerts, copies, preferences, settings
from metering.use_cases.raise_alerts import Observed, raise_alerts

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
    personal = {unit: {kind: stricter(kind, rules[kind], wish) for kind in _KINDS} for unit, wish in wishes.items()}
    seen = _Seen(rules, personal, rated)
    observed = list(_observed(sightings, seen, under_watch))
    await raise_alerts(tx, organization_id, rules, observed)


async def _rated(tx: Tx, units: Iterable[UUID]) -> dict[UUID, Fraction]:
    """The newest rated TH/s of the units."""
    return {row.unit_id: _exact(row.rated_ths) for row in await copies.ratings_of(tx, units)}


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rules in force, by unit where its customer wants to be told earlier, and the units' rated TH/s."""

    rules: Mapping[AlertKind, AlertRule]
    personal: Mapping[UUID, Mapping[AlertKind, AlertRule]]
    rated: Mapping[UUID, Fraction]


def _observed(sightings: Sequence[Sighting], seen: _Seen, under_watch: set[alerts.Key]) -> Iterator[Observed]:
    """Only what is bad, or was: a unit that became bad within the batch stays under watch in it."""
    watching = set(under_watch)
    for one in sightings:
        rules = seen.personal.get(one.unit_id, seen.rules)
        for kind, level, value in _levels(one, rules, seen.rated.get(one.unit_id)):
            key = (kind, one.unit_id)
            if level is Level.BAD:
                watching.add(key)
            if key in watching:
                words, rule = _words(kind, one, value), rules[kind]
                yield Observed(kind, one.unit_id, level, one.at, words, value, one.unit_id, rule=rule)


def _levels(
    one: Sighting, rules: Mapping[AlertKind, AlertRule], rated_ths: Fraction | None
) -> Iterator[tuple[AlertKind, Level, Fraction | None]]:
    is_offline = one.status == UnitStatus.OFFLINE
    yield AlertKind.UNIT_OFFLINE, Level.BAD if is_offline else Level.WELL, None
    if rated_ths:
        percent = _exact(one.hashrate_ths) / rated_ths * 100
        level = Level.BETWEEN if is_offline else below(percent, rules[AlertKind.LOW_HASHRATE])
        yield AlertKind.LOW_HASHRATE, level, percent
    if one.temperature_c is not None:
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
