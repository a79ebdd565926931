"""Polls to rows and back: one row per poll, whole columns at once."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from common.db import Tx
from metering.store import blocks
from metering.store.driver import driver
from metering.store.packing import columns, digest, packed, unpacked
from metering.store.raw_poll import RawPoll

_ADD = """
    insert into polls (organization_id, pdu_id, polled_at, digest, received_at, energy_wh, power_w)
    select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bytea[], $7::bytea[])
    on conflict do nothing
"""
# Whole columns of a PDU, a partition at a time: a row of its own for each poll would cost more than all that follows.
_READ = """
    select pdu_id, array_agg(polled_at order by polled_at, digest), array_agg(energy_wh order by polled_at, digest)
    from polls where pdu_id = any($1) and polled_at >= $2 and polled_at <= $3 group by pdu_id, tableoid
"""
_LATER = "select exists (select from polls where pdu_id = $1 and polled_at > $2)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENDS = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of one PDU: the registers of all its outlets in Wh, None where unreadable."""

    pdu_id: UUID
    polled_at: datetime
    received_at: datetime
    energy_wh: Sequence[int | None]
    power_w: Sequence[int | None] | None = None


@dataclass(frozen=True, slots=True)
class PduReads:
    """All polls of a PDU in a window of time, in order: instants in microseconds, registers by position."""

    instants_us: Sequence[int]
    positions: Sequence[Sequence[int | None]]

    def of(self, position: int, from_us: int, to_us: int) -> tuple[Sequence[int], Sequence[int]]:
        """The reads of a position (1-based) from one instant to the other, both ends included."""
        if not 0 < position <= len(self.positions):
            return [], []
        first, last = bisect_left(self.instants_us, from_us), bisect_right(self.instants_us, to_us)
        instants, registers = self.instants_us[first:last], self.positions[position - 1][first:last]
        if isinstance(registers, array):
            return instants, registers.tolist()  # which is walked faster
        pairs = [(us, one) for us, one in zip(instants, registers, strict=True) if one is not None]
        return [us for us, _ in pairs], [one for _, one in pairs]


async def add(tx: Tx, organization_id: UUID, polls: Sequence[Poll]) -> int:
    """Add polls; what is there already is passed over, another value for the same instant is kept beside it.

    Answers how many were new. PostgreSQL refuses COPY into tables with row-level security; columns by `unnest` go in
    by one statement all the same.
    """
    energies = [packed(poll.energy_wh) for poll in polls]
    powers = [None if poll.power_w is None else packed(poll.power_w, "HIQ") for poll in polls]
    connection = await driver(tx)
    done: str = await connection.execute(
        _ADD,
        organization_id,
        [poll.pdu_id for poll in polls],
        [poll.polled_at for poll in polls],
        [digest(energy, power or b"") for energy, power in zip(energies, powers, strict=True)],
        [poll.received_at for poll in polls],
        energies,
        powers,
    )
    return int(done.rsplit(" ", 1)[1])


async def read(
    tx: Tx, pdu_ids: Sequence[UUID], from_at: datetime | None, to_at: datetime | None
) -> Mapping[UUID, PduReads]:
    """The polls of PDUs from one instant to the other, both ends included; None is without limit."""
    connection = await driver(tx)
    rows = await connection.fetch(_READ, list(pdu_ids), from_at or _ENDS[0], to_at or _ENDS[1])
    by_pdu: dict[UUID, list[tuple[list[datetime], list[bytes]]]] = {}
    for pdu_id, instants, energies in rows:
        by_pdu.setdefault(pdu_id, []).append((instants, energies))
    old = await blocks.between(tx, pdu_ids, from_at or _ENDS[0], to_at or _ENDS[1])  # after the rows: none is missed
    found = {
        pdu_id: _with_packed([pair for part in by_pdu.pop(pdu_id, []) for pair in zip(*part, strict=True)], packed_days)
        for pdu_id, packed_days in old.items()
    }
    for pdu_id, parts in by_pdu.items():
        parts.sort(key=lambda part: part[0][0])
        energies = [row for _, part in parts for row in part]
        found[pdu_id] = PduReads([(at - _EPOCH) // _MICROSECOND for part, _ in parts for at in part], columns(energies))
    return found


async def any_after(tx: Tx, pdu_id: UUID, at: datetime) -> bool:
    """Whether the PDU was polled after the instant."""
    connection = await driver(tx)
    return bool(await connection.fetchval(_LATER, pdu_id, at)) or await blocks.any_after(tx, pdu_id, at)


def _with_packed(rows: Sequence[tuple[datetime, bytes]], packed: Sequence[RawPoll]) -> PduReads:
    """The rows of younger months together with packed polls, in order of time."""
    found = [(one.polled_at, one.energy_wh) for one in packed]
    found += [(at, unpacked(energy)) for at, energy in rows]
    found.sort(key=lambda pair: pair[0])
    positions = list(zip(*(energy for _, energy in found), strict=False))
    return PduReads([(at - _EPOCH) // _MICROSECOND for at, _ in found], positions)
