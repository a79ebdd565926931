"""`TelemetryRecorded` in whole batches, as polls are taken over (see recorded_polls)."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from common import telemetry
from common.clock import wall_now
from common.consuming import EventRouter, Poisoned, Record
from common.db import Database, is_transient
from events.metering import TelemetryRecorded
from metering.store.partitions import EARLIEST, forget_partitions, lacks_partition, make_partitions
from metering.store.scans import LONGEST_S, Scan
from metering.use_cases.record_scans import record_scans

_PLAIN = re.compile(r"[0-9]{1,24}(\.[0-9]{1,18})?( [0-9]{1,24}(\.[0-9]{1,18})?)*")

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,18})?")


class _Body(msgspec.Struct, gc=False):
    site_id: UUID
    scanned_at: Annotated[datetime, msgspec.Meta(tz=True)]
    interval_s: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_S)]
    units: list[UUID]
    hashrate_ths: list[str]
    status: list[Literal["hashing", "online", "offline"]]
    temperatures_c: list[str | None] | None = None


_decode = msgspec.json.Decoder(_Body).decode


class BadScan(ValueError):
    """A scan that can never be taken over."""


class RecordedTelemetry:
    """Consumes the log of telemetry scans. `bind` gives it its database before the consumer starts."""

    def __init__(self) -> None:
        self.router = EventRouter()
        self.router.on_batch(TelemetryRecorded.KIND.topic)(self.receive)
        self._database: Database | None = None

    def bind(self, database: Database) -> None:
        """Where the scans are written."""
        self._database = database

    async def receive(self, records: list[Record]) -> None:
        """Write every good scan; then name the poisoned ones, which the harness quarantines."""
        poisoned: list[tuple[Record, str]] = []
        by_owner: dict[UUID, list[tuple[Record, Scan]]] = defaultdict(list)
        for record in records:
            try:
                owner, scan = _scan_of(record)
                by_owner[owner].append((record, scan))
            except (ValueError, msgspec.MsgspecError) as error:
                poisoned.append((record, f"{type(error).__name__}: {error}"))
        with telemetry.span("take over telemetry", count=len(records)):
            for owner, pairs in by_owner.items():
                poisoned += await self._write(owner, pairs)
        if poisoned:
            raise Poisoned(poisoned)

    async def _write(
        self, owner: UUID, pairs: list[tuple[Record, Scan]], *, again: bool = False
    ) -> list[tuple[Record, str]]:
        assert self._database is not None, "bind a database first"
        try:
            await make_partitions(self._database, "telemetry", (scan.scanned_at for _, scan in pairs))
            async with self._database.of(owner) as tx:
                await record_scans(tx, owner, [scan for _, scan in pairs])
        except Exception as error:
            if lacks_partition(error) and not again:
                forget_partitions(self._database)
                return await self._write(owner, pairs, again=True)
            if is_transient(error) or not _is_of_values(error):
                raise
            if len(pairs) == 1:
                return [(pairs[0][0], f"{type(error).__name__}: {error}")]
            middle = len(pairs) // 2
            return await self._write(owner, pairs[:middle]) + await self._write(owner, pairs[middle:])
        return []


def _scan_of(record: Record) -> tuple[UUID, Scan]:
    body = _decode(record.body)
    scanned_at = body.scanned_at.astimezone(UTC)
    if scanned_at < EARLIEST:
        raise BadScan(f"{scanned_at.isoformat()} lies before {EARLIEST}")
    if not len(body.units) == len(body.hashrate_ths) == len(body.status):
        raise BadScan(f"{len(body.units)} units, {len(body.hashrate_ths)} hashrates and {len(body.status)} states")
    if body.units and not _PLAIN.fullmatch(" ".join(body.hashrate_ths)):
        raise BadScan("a hashrate is no plain decimal of 0 or more")
    degrees = body.temperatures_c
    if degrees is not None and len(degrees) != len(body.units):
        raise BadScan(f"{len(body.units)} units and {len(degrees)} temperatures")
    if degrees is not None and not all(one is None or _DEGREES.fullmatch(one) for one in degrees):
        raise BadScan("a temperature is no plain decimal of at most three digits")
    received_at = datetime.fromtimestamp(record.stored_ms / 1000, UTC) if record.stored_ms else wall_now()
    columns = (body.units, body.hashrate_ths, body.status, degrees)
    scan = Scan(body.site_id, scanned_at, received_at, body.interval_s, *columns)
    return UUID(record.headers.get("ce_organizationid", "")), scan


def _is_of_values(error: Any) -> bool:
    state = str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")
    return state.startswith(("22", "23")) or isinstance(error, ValueError | OverflowError | TypeError)
