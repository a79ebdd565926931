"""A new organization: its first day will be closed, and each closing asks for the next one."""

from __future__ import annotations

from common.clock import local_day, wall_now
from common.consuming import EventRouter
from common.db import Tx
from events.envelope import Envelope
from events.identity import OrganizationCreated
from metering.use_cases.close_day import ask_to_close

router = EventRouter()


@router.on(OrganizationCreated)
async def organization_created(tx: Tx, event: OrganizationCreated, _: Envelope) -> None:
    begun_at = event.clock_at if event.mode == "test" and event.clock_at else wall_now()
    await ask_to_close(tx, event.organization_id, local_day(begun_at, event.timezone), event.timezone)
