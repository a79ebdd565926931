"""`MeterReadingRecorded` in whole batches: decoded fast, written by columns, a poisoned one put aside alone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
from prometheus_client import Counter

from common import telemetry
from common.clock import wall_now
from common.consuming import EventRouter, Poisoned, Record
from common.db import Database, is_transient
from events.metering import MeterReadingRecorded
from metering.store import meters
from metering.store.packing import HIGHEST
from metering.store.partitions import EARLIEST, forget_partitions, lacks_partition, make_partitions
from metering.store.polls import Poll
from metering.use_cases.record_polls import record_polls

POLLS = Counter("hostbook_metering_polls_total", "Polls taken over", ["outcome"])
_WRITE_S = 60
_Register = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]
_Watts = Annotated[int, msgspec.Meta(ge=0, le=(1 << 32) - 2)]


class _Body(msgspec.Struct, gc=False):
    pdu_id: UUID
    polled_at: Annotated[datetime, msgspec.Meta(tz=True)]
    energy_wh: list[_Register | None]
    power_w: list[_Watts | None] | None = None


_decode = msgspec.json.Decoder(_Body).decode


class BadPoll(ValueError):
    """A poll that can never be taken over."""


class RecordedPolls:
    """Consumes the log of polls. `bind` gives it its database before the consumer starts."""

    def __init__(self) -> None:
        self.router = EventRouter()
        self.router.on_batch(MeterReadingRecorded.KIND.topic)(self.receive)
        self._database: Database | None = None
        self._outlets: dict[UUID, dict[UUID, int]] = defaultdict(dict)

    def bind(self, database: Database) -> None:
        """Where the polls are written."""
        self._database = database

    async def receive(self, records: list[Record]) -> None:
        """Write every good poll; then name the poisoned ones, which the harness quarantines."""
        poisoned: list[tuple[Record, str]] = []
        by_owner: dict[UUID, list[tuple[Record, Poll]]] = defaultdict(list)
        for record in records:
            try:
                owner, poll = _poll_of(record)
                by_owner[owner].append((record, poll))
            except (ValueError, msgspec.MsgspecError) as error:
                poisoned.append((record, f"{type(error).__name__}: {error}"))
        with telemetry.span("take over polls", count=len(records)):
            for owner, pairs in by_owner.items():
                poisoned += await self._of_owner(owner, pairs)
        POLLS.labels("taken").inc(len(records) - len(poisoned))
        if poisoned:
            POLLS.labels("poisoned").inc(len(poisoned))
            raise Poisoned(poisoned)

    async def _of_owner(self, owner: UUID, pairs: list[tuple[Record, Poll]]) -> list[tuple[Record, str]]:
        database = self._bound()
        outlets = await self._learn(database, owner, {poll.pdu_id for _, poll in pairs})
        good, bad = [], []
        for record, poll in pairs:
            count = outlets.get(poll.pdu_id)
            if count == len(poll.energy_wh) and (poll.power_w is None or count == len(poll.power_w)):
                good.append((record, poll))
            else:
                bad.append((record, _reason(count, poll)))
        if good:
            bad += await self._write(database, owner, good)
        return bad

    async def _write(
        self, database: Database, owner: UUID, pairs: list[tuple[Record, Poll]], *, again: bool = False
    ) -> list[tuple[Record, str]]:
        """All at once; where the database refuses, in halves, until the one at fault stands alone."""
        try:
            async with asyncio.timeout(_WRITE_S):  # a silent connection is given up
                await make_partitions(database, "polls", (poll.polled_at for _, poll in pairs))
                async with database.of(owner) as tx:
                    await record_polls(tx, owner, [poll for _, poll in pairs])
        except Exception as error:
            if lacks_partition(error) and not again:
                forget_partitions(database)
                return await self._write(database, owner, pairs, again=True)
            if is_transient(error) or not _is_of_values(error):
                raise
            if len(pairs) == 1:
                return [(pairs[0][0], f"{type(error).__name__}: {error}")]
            middle = len(pairs) // 2
            first = await self._write(database, owner, pairs[:middle])
            return first + await self._write(database, owner, pairs[middle:])
        return []

    async def _learn(self, database: Database, owner: UUID, pdu_ids: set[UUID]) -> Mapping[UUID, int]:
        known = self._outlets[owner]
        unknown = pdu_ids - known.keys()
        if unknown:
            async with database.of(owner) as tx:
                for row in await meters.outlet_counts(tx, [], unknown):
                    known[row.pdu_id] = row.outlet_count
        return known

    def _bound(self) -> Database:
        assert self._database is not None, "bind a database first"
        return self._database


def _poll_of(record: Record) -> tuple[UUID, Poll]:
    body = _decode(record.body)
    polled_at = body.polled_at if body.polled_at.tzinfo is UTC else body.polled_at.astimezone(UTC)
    if polled_at < EARLIEST:
        raise BadPoll(f"{polled_at.isoformat()} lies before {EARLIEST}")
    received_at = _instant(record.stored_ms) if record.stored_ms else wall_now()
    poll = Poll(body.pdu_id, polled_at, received_at, body.energy_wh, body.power_w)
    return _owner(record.headers.get("ce_organizationid", "")), poll


@lru_cache(maxsize=4096)
def _owner(text: str) -> UUID:
    return UUID(text)


@lru_cache(maxsize=4096)
def _instant(stored_ms: int) -> datetime:
    return datetime.fromtimestamp(stored_ms / 1000, UTC)


def _reason(count: int | None, poll: Poll) -> str:
    if count is None:
        return f"BadPoll: PDU {poll.pdu_id} is not known in this organization"
    return f"BadPoll: {len(poll.energy_wh)} registers came for a PDU of {count} outlets"


def _is_of_values(error: Any) -> bool:
    """Whether a value is at fault (SQLSTATE classes 22 and 23, or one that the driver cannot send)."""
    state = str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")
    return state.startswith(("22", "23")) or isinstance(error, ValueError | OverflowError | TypeError)
