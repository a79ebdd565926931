"""Which reads still to come would change a closed day.

Closing a day looks at reads up to a few after midnight; a channel keeps that instant as `looked_until`. A read at or
before it changes what was closed; a later one does not. `is_open` is a channel whose last closed day still hangs on its
next read (there was none after midnight): then any read changes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from metering.store.marks import Mark
from metering.store.polls import Poll

_OF_PDUS = text("""
    select channel_id, pdu_id, unit_id, position, from_at, to_at, looked_until, is_open from channels
    where pdu_id = any(:pdus) and (is_open or looked_until >= :earliest)
""")
_KEEP = text("""
    update channels set looked_until = greatest(looked_until, :looked_until), is_open = :is_open
    where channel_id = :channel_id
""")
_KEEP_FIRST = text("""
    update channels set looked_until = :looked_until, is_open = :is_open
    where channel_id = :channel_id and looked_until is null
""")


@dataclass(frozen=True, slots=True)
class Watch:
    """How far the closing of days has looked on a channel."""

    channel_id: UUID
    looked_until: datetime
    is_open: bool


async def keep(tx: Tx, watches: Sequence[Watch], *, only_first: bool = False) -> None:
    """Write down how far was looked; `only_first` where nothing was looked at before (a later day is closed)."""
    if watches:
        rows = [{"channel_id": w.channel_id, "looked_until": w.looked_until, "is_open": w.is_open} for w in watches]
        await tx.execute(_KEEP_FIRST if only_first else _KEEP, rows)


async def disturbed(tx: Tx, polls: Sequence[Poll]) -> list[Mark]:
    """The marks that these polls make, newly come: the units whose closed days they change."""
    by_pdu: dict[UUID, list[Poll]] = defaultdict(list)
    for poll in polls:
        by_pdu[poll.pdu_id].append(poll)
    rows = await tx.execute(_OF_PDUS, {"pdus": list(by_pdu), "earliest": min(poll.polled_at for poll in polls)})
    found = []
    for row in rows:
        instants = [poll.polled_at for poll in by_pdu[row.pdu_id] if _concerns(row, poll)]
        if instants:
            found.append(Mark(row.unit_id, min(instants), max(instants)))
    return found


def _concerns(row: Any, poll: Poll) -> bool:
    at = poll.polled_at
    return (
        (row.is_open or at <= row.looked_until)
        and (row.from_at is None or at >= row.from_at)
        and (row.to_at is None or at <= row.to_at)
        and row.position <= len(poll.energy_wh)
        and poll.energy_wh[row.position - 1] is not None
    )
