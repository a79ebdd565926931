"""Ask a test clock to move on, and move it by one stop."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.identity import ClockAdvanced
from identity.domain.host import Host
from identity.domain.test_clock import check_advance
from identity.store import advances, hosts


async def ask_advance(tx: Tx, organization_id: UUID, to_at: datetime) -> Host:
    """Note the target; the driver moves the clock there step by step."""
    host = await hosts.get(tx, organization_id, for_change=True)
    check_advance(host, await advances.target(tx, organization_id), to_at)
    await advances.begin(tx, organization_id, to_at)
    return host


async def move_clock(tx: Tx, host: Host, to_at: datetime) -> None:
    """One step: the clock and the fact that tells the others, in one transaction."""
    if host.clock_at is not None and await hosts.move_clock(tx, host, to_at):
        moved = ClockAdvanced(organization_id=host.id, from_at=host.clock_at, to_at=to_at)
        await publish(tx, host.id, moved, at=to_at, source="identity")
