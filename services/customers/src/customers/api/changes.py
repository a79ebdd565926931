"""`/v1/changes`: what happens, as it happens, for screens that are open (server-sent events)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Header, Request
from starlette.responses import StreamingResponse

from common.auth import Principal
from common.clock import instant_text
from common.db import Database
from common.errors import RuleBroken
from common.http import Caller, OwnDatabase, allow, new_router
from customers.gateways.bells import Bells
from customers.store import activity
from customers.store.activity import Reader

router = new_router("activity")
AT_ONCE = 100
# What a bell rang for may wait behind an older transaction that is still open: it is looked for again, ever less often.
LOOK_AGAIN_S = (0.05, 0.1, 0.25, 0.5, 1, 2)
STREAM = {"description": "A stream of changes.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}


@router.get(
    "/v1/changes",
    response_class=StreamingResponse,
    responses={200: STREAM},
    **allow("activity.read", transaction=False),
)
async def changes(
    request: Request, caller: Caller, database: OwnDatabase, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Every change that the caller may read of, from now on, or from after Last-Event-ID.

    Each event has the feed's place as `id`, the fact's type as `event`, and JSON as `data`. A comment comes when
    nothing else does. The stream ends after a minute, so that whoever may no longer listen no longer does: an
    EventSource comes back by itself and goes on where it was.
    """
    if last_event_id is not None and not (last_event_id.isdecimal() and len(last_event_id) < 19):
        raise RuleBroken("This is no place in the feed.", field="Last-Event-ID", remedy="an id as it came")
    bells: Bells = request.app.state.bells
    bells.check(caller.subject)
    listener = Listener(caller, database, *request.app.state.changes_s)
    stream = listener.stream(bells, int(last_event_id) if last_event_id is not None else None)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@dataclass(frozen=True, slots=True)
class Listener:
    """One stream: reads under its caller's policies, a page at a time, and never ahead of who listens."""

    caller: Principal
    database: Database
    lifetime_s: float
    heartbeat_s: float

    async def stream(self, bells: Bells, place: int | None) -> AsyncIterator[str]:
        now = asyncio.get_running_loop().time
        ends = now() + self.lifetime_s
        async with bells.bell(str(self.caller.organization_id), self.caller.subject) as bell:
            if place is None:
                place = await self._newest()
            yield f"retry: 1000\nid: {place}\nevent: ready\ndata: {{}}\n\n"
            looks, said = len(LOOK_AGAIN_S), now()
            while (left_s := ends - now()) > 0:
                bell.clear()
                rows = await self._read(place)
                for row in rows:
                    place, said = row.seq, now()
                    yield _event(row)
                if len(rows) == AT_ONCE:
                    continue
                if (quiet_s := said + self.heartbeat_s - now()) <= 0:
                    said, quiet_s = now(), self.heartbeat_s
                    yield ": nothing new\n\n"
                wait_s = LOOK_AGAIN_S[looks] if looks < len(LOOK_AGAIN_S) else quiet_s
                rang = await _rang(bell, min(wait_s, quiet_s, left_s))
                looks = 0 if rang else min(looks + 1, len(LOOK_AGAIN_S))

    async def _newest(self) -> int:
        async with self.database.transaction(self.caller.tenant) as tx:
            return await activity.newest(tx)

    async def _read(self, place: int) -> Sequence[Any]:
        reader = Reader(self.caller.permissions, self.caller.customer_id is not None)
        async with self.database.transaction(self.caller.tenant) as tx:
            return await activity.since(tx, reader, place, AT_ONCE)


async def _rang(bell: asyncio.Event, wait_s: float) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), wait_s)
    except TimeoutError:
        return False
    return True


def _event(row: Any) -> str:
    told = {"type": row.type, "at": instant_text(row.at), "summary": row.summary, "subjects": row.subjects}
    told |= {"customer_id": str(row.customer_id) if row.customer_id else None}
    return f"id: {row.seq}\nevent: {row.type}\ndata: {orjson.dumps(told).decode()}\n\n"
