"""What telemetry last said of each unit, and of which units it says nothing any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from metering.store.alert_tables import NOBODY

_READ = text("""
    select unit_id, state, hashrate_ths, since_at, seen_at, site_id, seen_until from unit_states
    where unit_id = any(:units) for update
""")
_KEEP = text("""
    insert into unit_states (organization_id, unit_id, state, hashrate_ths, since_at, seen_at, site_id, seen_until)
    values (:organization, :unit_id, :state, :hashrate_ths, :since_at, :seen_at, :site_id, :seen_until)
    on conflict (organization_id, unit_id) do update set state = excluded.state,
        hashrate_ths = excluded.hashrate_ths, since_at = excluded.since_at, seen_at = excluded.seen_at,
        site_id = excluded.site_id, seen_until = excluded.seen_until
    where unit_states.seen_at <= excluded.seen_at
""")
# Unassigned units matter only while an alert about them stands or is on its way; likewise what a former customer asked
# for. A customer with a patience of its own waits for an alert of its own.
_MISSING = text("""
    select s.unit_id, s.seen_until, s.is_assigned, s.raised, s.stale from (
        select u.unit_id, u.seen_until, now.unit_id is not null as is_assigned,
            array(select c.asked_by_id from alert_conditions c
                where c.kind = :kind and c.subject_id = u.unit_id and c.alert_id is not null
                    and c.asked_by_id in (:nobody, now.customer_id)) as raised,
            array(select distinct c.asked_by_id from alert_conditions c
                where c.subject_id = u.unit_id and (now.unit_id is null
                    or c.asked_by_id not in (:nobody, coalesce(now.customer_id, :nobody)))) as stale,
            1 + coalesce((now.offline_minutes <> :minutes)::int, 0) as wanted
        from unit_states u left join lateral (
            select a.unit_id, a.customer_id, p.offline_minutes from assignments a left join alert_preferences p
                on p.organization_id = a.organization_id and p.customer_id = a.customer_id
            where a.unit_id = u.unit_id and a.from_at <= :at and (a.to_at is null or a.to_at > :at) limit 1
        ) as now on true
        where u.site_id = :site and u.seen_until <= :at
    ) as s
    where cardinality(s.stale) > 0 or (s.is_assigned and cardinality(s.raised) < s.wanted)
    order by s.unit_id
""")
_FEEDS = text("""
    select f.site_id, f.until_at, coalesce(sites.name, f.site_id::text) as name from (
        select s.site_id, max(s.seen_until) as until_at from unit_states s left join (
            select distinct unit_id from assignments where from_at <= :at and (to_at is null or to_at > :at)
        ) as a on a.unit_id = s.unit_id
        where s.site_id is not null group by s.site_id having bool_or(a.unit_id is not null)
    ) as f left join sites on sites.site_id = f.site_id order by f.site_id
""")


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit's state since an instant, and the last scan that showed it: of which site, and how long it holds."""

    unit_id: UUID
    state: str
    hashrate_ths: str
    since_at: datetime
    seen_at: datetime
    site_id: UUID | None = None
    seen_until: datetime | None = None


async def read(tx: Tx, units: Iterable[UUID]) -> dict[UUID, UnitState]:
    """The last known states of the units, locked."""
    return {row.unit_id: UnitState(*row) for row in await tx.execute(_READ, {"units": sorted(units)})}


async def keep(tx: Tx, organization_id: UUID, states: Sequence[UnitState]) -> None:
    """Write down states that are newer."""
    if states:
        rows: list[dict[str, Any]] = [
            {"organization": organization_id} | {name: getattr(one, name) for name in UnitState.__slots__}
            for one in sorted(states, key=lambda one: one.unit_id)
        ]
        await tx.execute(_KEEP, rows)


async def missing(tx: Tx, site_id: UUID, at: datetime, kind: str, minutes: int) -> Sequence[Any]:
    """`unit_id`, `seen_until`, `is_assigned` of the site's units that its scans do not show at the instant.

    `raised`: whose open alerts of the kind there are (of the host, of the customer); `stale`: whose watch is over. Left
    out are units of which nothing is to be raised or cleared; `minutes` is the host's patience.
    """
    given = {"site": site_id, "kind": kind, "at": at, "minutes": minutes, "nobody": NOBODY}
    return (await tx.execute(_MISSING, given)).all()


async def feeds(tx: Tx, at: datetime) -> Sequence[Any]:
    """`site_id`, `name`, `until_at` (until when anything was told) of sites whose telemetry shows assigned units."""
    return (await tx.execute(_FEEDS, {"at": at})).all()
