"""Who belongs to the customers' teams, by identity's facts (CM-27, CM-28)."""

from typing import Any

from common.consuming import EventRouter
from common.db import Tx
from customers.store import people
from events.envelope import Envelope
from events.identity import MemberChanged, MemberJoined, MemberRemoved

router = EventRouter()


@router.on(MemberJoined)
async def joined(tx: Tx, event: MemberJoined, envelope: Envelope) -> None:
    if event.customer_id is None:  # the host's own people are identity's alone
        return
    values: dict[str, Any] = {"organization_id": envelope.organization_id, "joined_at": envelope.time}
    await people.keep_member(tx, values | event.model_dump())


@router.on(MemberChanged)
async def changed(tx: Tx, event: MemberChanged, envelope: Envelope) -> None:
    """Another role or address; a fact of before their names were told leaves the name as it is."""
    if event.customer_id is not None:
        told: dict[str, Any] = {n: v for n, v in event.model_dump().items() if v is not None}
        await people.keep_member(tx, told | {"organization_id": envelope.organization_id})


@router.on(MemberRemoved)
async def removed(tx: Tx, event: MemberRemoved, envelope: Envelope) -> None:
    if event.customer_id is not None:
        ids = (envelope.organization_id, event.member_id, event.customer_id)
        await people.end_member(tx, *ids, envelope.time)
