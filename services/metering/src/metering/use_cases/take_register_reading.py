"""A register read by a person at a swap or a hand-over: evidence like any poll's, of one outlet alone.

It cuts the step between the polls around it at its own instant, for the unit that leaves and the one that comes.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from common import telemetry
from common.db import Tx
from metering.store import closings, meters, partitions, polls, watches
from metering.store.meters import ChannelRow
from metering.store.packing import HIGHEST
from metering.store.polls import Poll
from metering.use_cases.close_history import ask_for_history
from metering.use_cases.mark_days import mark


async def take_register_reading(
    tx: Tx, organization_id: UUID, unit_id: UUID, register_kwh: Fraction, at: datetime, *, received_at: datetime
) -> bool:
    """Keep the reading at the outlet that fed the unit up to the instant; whether it was taken.

    A unit on several outlets, or on none, has no register that the figure could be of: that is logged. The evidence
    lock must be shared.
    """
    rows = [row for row in await meters.channels_of(tx, units=[unit_id]) if _fed(row, at)]
    register_wh = int(register_kwh * 1000)
    if len(rows) != 1 or not 0 <= register_wh <= HIGHEST:
        telemetry.log().warning("register reading left out", unit_id=str(unit_id), count=len(rows))
        return False
    pdu = await meters.pdu_of(tx, rows[0].pdu_id)
    vector: list[int | None] = [None] * pdu.outlet_count
    vector[rows[0].position - 1] = register_wh
    read = Poll(pdu.pdu_id, at, received_at, vector)
    await partitions.make_partition(tx, "polls", at)
    if await polls.add(tx, organization_id, [read]):
        await ask_for_history(tx, organization_id, at)
        if await closings.last_day(tx) is not None:
            await mark(tx, organization_id, await watches.disturbed(tx, [read]))
    return True


def _fed(row: ChannelRow, at: datetime) -> bool:
    return (row.from_at is None or row.from_at < at) and (row.to_at is None or row.to_at >= at)
