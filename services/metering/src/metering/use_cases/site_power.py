"""The power of a site: what is built for, drawn now, billed and metered over the last hours, and PDU coverage."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.errors import NotFound
from common.organizations import organization
from metering.domain.alert_rules import AlertKind
from metering.domain.load import Wanted
from metering.domain.site_power import SiteEnergy, energy_of
from metering.store import copies, meters, raw_polls, settings
from metering.store.meters import ChannelRow
from metering.use_cases.derive_days import Outcome, derive_days
from metering.use_cases.load_profiles import UNITS_AT_ONCE, days_of


@dataclass(frozen=True, slots=True)
class SitePower:
    """Watts and kWh, exact. `drawn_w` is what the PDUs said last, of outlets that feed a unit; None if none said it."""

    from_at: datetime
    to_at: datetime
    unit_count: int
    nameplate_w: Fraction
    drawn_w: Fraction | None
    energy: SiteEnergy
    units_with_channel: int
    pdu_count: int
    pdus_heard: int


async def site_power(tx: Tx, organization_id: UUID, site_id: UUID, hours: int) -> SitePower:
    """Of the units that are at the site now, over the last hours."""
    if not await copies.sites_coded(tx, [], [site_id]):
        raise NotFound(f"There is no site {site_id}.", field="site_id")
    host = await organization(tx, organization_id)
    span = (host.now_at - timedelta(hours=hours), host.now_at)
    units = await copies.units_at(tx, site_id)
    alive = [one for one in await meters.channels_of(tx, units=units) if _lives(one, host.now_at)] if units else []
    pdus = await meters.pdus_at(tx, site_id)
    last = await raw_polls.last_of(tx, organization_id, pdus)
    patience = (await settings.read(tx)).alert_rules[AlertKind.PDU_SILENT].after_minutes
    heard = {one for one, poll in last.items() if poll.polled_at > host.now_at - timedelta(minutes=patience)}
    drawn = [
        power
        for one in alive
        if one.pdu_id in heard and (power := _power(last[one.pdu_id].power_w, one.position)) is not None
    ]
    return SitePower(
        from_at=span[0],
        to_at=span[1],
        unit_count=len(units),
        nameplate_w=await _nameplate(tx, units, host.now_at),
        drawn_w=Fraction(sum(drawn)) if drawn else None,
        energy=await _energy(tx, units, Wanted(*span, None, host.timezone), host.now_at),
        units_with_channel=len({one.unit_id for one in alive}),
        pdu_count=len(pdus),
        pdus_heard=len(heard),
    )


def _lives(row: ChannelRow, at: datetime) -> bool:
    return (row.from_at is None or row.from_at <= at) and (row.to_at is None or row.to_at > at)


def _power(power_w: list[int | None] | None, position: int) -> int | None:
    return power_w[position - 1] if power_w is not None and position <= len(power_w) else None


async def _nameplate(tx: Tx, units: list[UUID], at: datetime) -> Fraction:
    """Rated watts of the units at the instant."""
    rated: dict[UUID, Fraction] = {}
    for row in await copies.ratings_of(tx, units):
        if row.from_at is None or row.from_at <= at or row.unit_id not in rated:
            rated[row.unit_id] = Fraction(row.rated_w)
    return sum(rated.values(), Fraction(0))


async def _energy(tx: Tx, units: list[UUID], wanted: Wanted, now_at: datetime) -> SiteEnergy:
    found, days = SiteEnergy(), days_of(wanted, now_at)
    if days is None:
        return found
    for start in range(0, len(units), UNITS_AT_ONCE):
        outcome = await derive_days(tx, units[start : start + UNITS_AT_ONCE], days, keep=True)
        found = found.plus(await asyncio.to_thread(_sum, outcome, wanted))
    return found


def _sum(outcome: Outcome, wanted: Wanted) -> SiteEnergy:
    found = SiteEnergy()
    for one in outcome.units:
        if one.seen is not None:
            found = found.plus(energy_of(one.seen.known, one.seen.windows, wanted.span))
    return found
