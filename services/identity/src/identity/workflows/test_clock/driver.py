"""Moves test clocks: step by step, each step only when everything before it has settled.

All it knows lies in the database (`hosts.clock_at`, `clock_advances`), so that a killed driver goes on where it was.
One is active at a time; it holds an advisory lock on a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from common import telemetry
from common.db import SYSTEM, Database, go_rounds
from identity.domain.host import Host
from identity.domain.test_clock import Look, has_settled, next_stop
from identity.gateways.settlements import Settlements
from identity.store import advances, hosts
from identity.use_cases.advance_clock import move_clock

_LOCK = 7404
_APART_S = 0.02
_PAUSES_S = (0.06, 0.06, 0.08, 0.12, 0.16)
_IDLE_S = 2


async def looks(settlements: Settlements, host: Host) -> tuple[bool, Sequence[Look]]:
    """Whether everything is at rest at two looks, and what the last look showed."""
    first = await settlements.look(host.id)
    if not all(look.is_at_rest(host.clock_at) for look in first):
        return False, first
    await asyncio.sleep(_APART_S)
    second = await settlements.look(host.id)
    return has_settled(first, second, host.clock_at), second


@dataclass
class _Wait:
    """How often an organization was looked at since its last step, and what each service said last."""

    looks: int = 0
    seen: dict[str, Look] = field(default_factory=dict)


class ClockDriver:
    """The loop behind `POST .../test-clock/advance`."""

    def __init__(self, database: Database, settlements: Settlements) -> None:
        self._database, self._settlements = database, settlements
        self._waits: dict[UUID, _Wait] = {}

    async def run(self) -> None:
        """Drive until cancelled, or the connection is lost."""
        await go_rounds(self._database.url, advances.CHANNEL, self._round, _IDLE_S, lock=_LOCK)

    async def _round(self, connection: asyncpg.Connection) -> bool:
        busy = bool(await self.turn())
        if busy:
            await connection.execute("select 1")  # the lock lives as long as this connection answers
        return busy

    async def turn(self) -> bool:
        """One look, and where possible one step, for every clock that moves; false when none does."""
        async with self._database.transaction(SYSTEM) as tx:
            moving = await advances.running(tx)
        await asyncio.gather(*(self.step(organization_id) for organization_id in moving))
        return bool(moving)

    async def step(self, organization_id: UUID) -> None:
        """Where all is at rest: on to the next stop, or the end of the advance."""
        async with self._database.of(organization_id) as tx:
            host, target_at = await hosts.get(tx, organization_id), await advances.target(tx, organization_id)
        if target_at is None or host.clock_at is None:
            return
        settled, seen = await self._look(host)
        if not settled:
            return
        del self._waits[organization_id]
        async with self._database.of(organization_id) as tx:
            if host.clock_at >= target_at:
                await advances.end(tx, organization_id)
                return
            to_at = next_stop(host, target_at, [look.next_due_at for look in seen])
            await move_clock(tx, host, to_at)
        telemetry.log().info("clock moved", organization_id=str(organization_id), to_at=to_at.isoformat())

    async def _look(self, host: Host) -> tuple[bool, Sequence[Look]]:
        """Who was busy is asked alone until it rests, since looks cost the others time; then everybody once more.

        Settled: at rest then, having done nothing since each was first seen at rest. So there was an instant, that of
        the last of these, at which all were at rest.
        """
        wait = self._waits.setdefault(host.id, _Wait())
        busy = [name for name, look in wait.seen.items() if not look.is_at_rest(host.clock_at)]
        await asyncio.sleep(_PAUSES_S[min(wait.looks, len(_PAUSES_S) - 1)] if busy or not wait.looks else _APART_S)
        seen = await self._settlements.look(host.id, busy or None)
        settled = not busy and wait.looks > 0 and has_settled(wait.seen.values(), seen, host.clock_at)
        wait.looks += 1
        wait.seen |= {look.service: look for look in seen}
        return settled, seen
