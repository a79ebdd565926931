"""What telemetry last said of each unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from common.db import Tx

_READ = text(
    "select unit_id, state, hashrate_ths, since_at, seen_at from unit_states where unit_id = any(:units) for update"
)
_KEEP = text("""
    insert into unit_states (organization_id, unit_id, state, hashrate_ths, since_at, seen_at)
    values (:organization, :unit_id, :state, :hashrate_ths, :since_at, :seen_at)
    on conflict (organization_id, unit_id) do update set state = excluded.state,
        hashrate_ths = excluded.hashrate_ths, since_at = excluded.since_at, seen_at = excluded.seen_at
    where unit_states.seen_at <= excluded.seen_at
""")


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit's state since an instant, and the last scan that showed it."""

    unit_id: UUID
    state: str
    hashrate_ths: str
    since_at: datetime
    seen_at: datetime


async def read(tx: Tx, units: Iterable[UUID]) -> dict[UUID, UnitState]:
    """The last known states of the units, locked."""
    return {row.unit_id: UnitState(*row) for row in await tx.execute(_READ, {"units": sorted(units)})}


async def keep(tx: Tx, organization_id: UUID, states: Sequence[UnitState]) -> None:
    """Write down states that are newer."""
    if states:
        rows = [
            {
                "organization": organization_id,
                "unit_id": one.unit_id,
                "state": one.state,
                "hashrate_ths": one.hashrate_ths,
                "since_at": one.since_at,
                "seen_at": one.seen_at,
            }
            for one in sorted(states, key=lambda one: one.unit_id)
        ]
        await tx.execute(_KEEP, rows)
