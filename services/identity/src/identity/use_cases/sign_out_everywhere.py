"""End every session of a person, in whichever organization it was begun."""

from __future__ import annotations

from uuid import UUID

from common.db import Tx
from identity.store import sessions
from identity.store.tenancy import at_gate, within


async def sign_out_everywhere(tx: Tx, person_id: UUID, *, but: UUID | None = None) -> None:
    """All of them, or all but the one that the person is just using."""
    async with at_gate(tx):
        places = await sessions.places_of(tx, person_id)
    for organization_id in places:
        async with within(tx, organization_id):
            await sessions.end_of_person(tx, person_id, but=but)
