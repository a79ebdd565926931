"""Flag a unit that hashes without an active contract, and lower the flag when that is over (CB-108 to CB-110)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.revenueguard import UncontractedUnitFound
from revenueguard.store import units


async def look_again(tx: Tx, organization_id: UUID, payload: dict[str, Any], at: datetime) -> None:
    """The job for the instant at which an assignment ends."""
    await look_for_uncontracted(tx, organization_id, UUID(payload["unit_id"]), at=at)


async def look_for_uncontracted(tx: Tx, organization_id: UUID, unit_id: UUID, *, at: datetime) -> None:
    state = await units.state_of(tx, unit_id)
    if state is None:
        return
    is_loose = state.state == "hashing" and not await units.is_contracted(tx, unit_id, at)
    if is_loose == state.is_flagged:
        return
    await units.flag(tx, unit_id, is_loose)
    if is_loose:
        event = UncontractedUnitFound(unit_id=unit_id, since_at=state.since_at)
        await publish(tx, organization_id, event, at=at, source="revenueguard")
