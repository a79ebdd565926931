"""Stands for the other services at a test clock: a real HTTP server that takes its time over every step.

It learns of the clock as they do, from the facts in identity's outbox, has work that falls due, and answers
`/internal/settle` like them.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from common.db import plain_url

_MOVES = """
    select body from outbox where organization_id = $1 and headers->>'ce_type' like 'identity.organization.clock%'
    order by seq
"""


@dataclass
class SettlingService:
    """`due` is work by its instant; each move keeps it busy for `busy_looks` looks. `stops` is where it stood."""

    database_url: str
    clock_at: datetime
    due: list[datetime] = field(default_factory=list)
    busy_looks: int = 1
    answers: bool = True
    stops: list[datetime] = field(default_factory=list)
    early: list[datetime] = field(default_factory=list)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _busy: int = 0
    _activity: int = 0

    async def __aenter__(self) -> SettlingService:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = Starlette(routes=[Route("/internal/settle", self._settle)])
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._connection = await asyncpg.connect(plain_url(self.database_url))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return self

    async def stood_at(self, stops: int) -> None:
        """Waits until the clock has stopped so often."""
        while len(self.stops) < stops:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving
        await self._connection.close(timeout=2)

    async def _settle(self, request: Request) -> JSONResponse:
        if not self.answers:
            return JSONResponse({}, 503)
        async with self._one_at_a_time:
            if self._busy:
                self._busy -= 1
            else:
                await self._read(UUID(request.query_params["organization_id"]))
            return JSONResponse(self._said())

    async def _read(self, organization_id: UUID) -> None:
        """One fact at a time, as a consumer would; a next one that came before the work was done is noted."""
        moves = [orjson.loads(row["body"]) for row in await self._connection.fetch(_MOVES, organization_id)]
        unread = moves[len(self.stops) :]
        if unread:
            self.clock_at = datetime.fromisoformat(unread[0]["to_at"])
            self.early += [self.clock_at] if len(unread) > 1 else []
            self.stops.append(self.clock_at)
            self.due = [at for at in self.due if at > self.clock_at]
            self._busy, self._activity = self.busy_looks, self._activity + 1

    def _said(self) -> dict[str, Any]:
        return {
            "service": "metering",
            "clock_at": self.clock_at.isoformat(),
            "unpublished": 0,
            "consumer_lag": 0,
            "open_wakeups": 1 if self._busy else 0,
            "dead_letters": 0,
            "next_due_at": min(self.due).isoformat() if self.due else None,
            "activity": self._activity,
            "stuck": None,
        }
