"""Take polls over from the log into the database, each once; late ones have their days derived again (rule 3)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.db import Tx
from metering.store import closings, locks, polls, watches
from metering.store.polls import Poll
from metering.use_cases.beside import beside
from metering.use_cases.close_history import ask_for_history
from metering.use_cases.mark_days import mark
from metering.use_cases.watch_pdus import heard


async def record_polls(tx: Tx, organization_id: UUID, found: Sequence[Poll]) -> int:
    """Answers how many were not known yet."""
    await locks.share(tx, organization_id)
    added = await polls.add(tx, organization_id, found)
    if added:
        async with beside(tx, "silent PDUs"):
            await heard(tx, organization_id, found)
        await ask_for_history(tx, organization_id, min(poll.polled_at for poll in found))
    if added and await closings.last_day(tx) is not None:
        await mark(tx, organization_id, await watches.disturbed(tx, found))
    return added
