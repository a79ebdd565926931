"""`/v1/organizations/{id}/test-clock`: move the clock of an organization in test mode, and ask whether all settled."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from common.clock import instant_of, wall_now
from common.db import Database
from common.http import Caller, OwnDatabase, Transaction, allow, new_router
from identity.api.organizations import check_own
from identity.api.schemas import Advance, ClockAnswer, Waiting
from identity.domain.host import Host
from identity.gateways.settlements import Settlements
from identity.store import advances, hosts
from identity.use_cases.advance_clock import ask_advance
from identity.workflows.test_clock.driver import looks

router = new_router("test-clock")
_GLANCES, _GLANCE_S = 5, 0.2


async def _settlements(request: Request) -> Settlements:
    return request.app.state.settlements  # type: ignore[no-any-return]


@router.post("/v1/organizations/{organization_id}/test-clock/advance", status_code=202, **allow("test_clock.advance"))
async def advance(tx: Transaction, caller: Caller, organization_id: UUID, body: Advance) -> ClockAnswer:
    """Move the clock on to an instant; what falls due on the way acts in its order. Ask below when it has settled."""
    check_own(caller, organization_id)
    to_at = instant_of(body.to_at, field="to_at")
    host = await ask_advance(tx, organization_id, to_at)
    return ClockAnswer(now_at=host.clock_at or to_at, target_at=to_at, settled=False, waiting_for=[])


@router.get("/v1/organizations/{organization_id}/test-clock", **allow("test_clock.advance", transaction=False))
async def read(
    database: OwnDatabase,
    caller: Caller,
    organization_id: UUID,
    settlements: Annotated[Settlements, Depends(_settlements)],
) -> ClockAnswer:
    """Where the clock stands. `settled`: no advance runs, and every service was idle at two looks in a row.

    While an advance runs, the answer comes when it has ended, or after a second: so asking on is cheap.
    """
    check_own(caller, organization_id)
    host, target_at = await _stand(database, caller, organization_id)
    for _ in range(_GLANCES):
        if target_at is None:
            break
        await asyncio.sleep(_GLANCE_S)
        host, target_at = await _stand(database, caller, organization_id)
    if target_at is None:
        settled, seen = await looks(settlements, host)
    else:
        settled, seen = False, await settlements.lately(organization_id)
    return ClockAnswer(
        now_at=host.clock_at or wall_now(),
        target_at=target_at,
        settled=settled,
        waiting_for=[Waiting.of(look) for look in seen if not look.is_at_rest(host.clock_at)],
    )


async def _stand(database: Database, caller: Caller, organization_id: UUID) -> tuple[Host, datetime | None]:
    """The organization with its clock, and where an advance that runs is to end."""
    async with database.transaction(caller.tenant) as tx:
        return await hosts.get(tx, organization_id), await advances.target(tx, organization_id)
