"""An HTTP endpoint that keeps what it receives and answers as told: the other end of a webhook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass(slots=True)
class Sink:
    """`answers` are the statuses of the next requests, 200 after that."""

    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks"

    async def until(self, enough: Callable[[list[Received]], bool], *, within_s: float = 8) -> list[Received]:
        """What came, as soon as it is enough."""
        end = monotonic() + within_s
        while not enough(self.received):
            assert monotonic() < end, [item.event["type"] for item in self.received]
            await asyncio.sleep(0.02)
        return self.received

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.received.append(Received(headers, body))
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
