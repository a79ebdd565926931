"""Collectors that keep every post until it was taken, as the real one's spool does, and never send past a gate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from support.speed.http import Caller

PAUSE_S = 0.1


class Senders:
    """Posts in their order, by several collectors at once. `taken` counts posts that were answered 202."""

    def __init__(self, port: int, headers: Sequence[dict[str, str]], posts: Sequence[list[Any]]) -> None:
        self._port, self._headers = port, headers
        self._posts = list(reversed(posts))
        self._count = len(posts)
        self._gate, self._moved = 0, asyncio.Condition()
        self.taken, self.refusals = 0, 0

    async def run(self) -> None:
        """Returns when every post was taken."""
        await asyncio.gather(*(self._collector(headers) for headers in self._headers))

    async def go_on(self, share: float) -> None:
        """Let them send up to so much of all posts."""
        async with self._moved:
            self._gate = round(self._count * share)
            self._moved.notify_all()

    async def reach(self, share: float) -> None:
        """Returns when so much of all posts was taken."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.taken >= round(self._count * share))

    async def _collector(self, headers: dict[str, str]) -> None:
        async with Caller("127.0.0.1", self._port, headers) as caller:
            while self._posts:
                async with self._moved:
                    await self._moved.wait_for(lambda: self._gate > self._count - len(self._posts) or not self._posts)
                    if not self._posts:
                        return
                    polls = self._posts.pop()
                await self._send(caller, polls)
                async with self._moved:
                    self.taken += 1
                    self._moved.notify_all()

    async def _send(self, caller: Caller, polls: list[Any]) -> None:
        body = json.dumps({"polls": polls}).encode()
        while True:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(15):
                    status, answer = await caller.post("/v1/readings", body)
                if status == 202:
                    assert json.loads(answer) == {"accepted": len(polls), "refused": []}
                    return
                assert status in (429, 503), (status, answer)
                self.refusals += 1
            await asyncio.sleep(PAUSE_S)
