"""Somebody else's end of a webhook: believes what is signed, keeps it, and answers as it is told to."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

from standardwebhooks import Webhook as Verifier


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request whose signature was right."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class WebhookReceiver:
    """`secrets` are those that it verifies with, each by itself; `answers` the next statuses, 200 after that.

    Status 0 stands for no answer at all. A 429 asks for half an hour of peace.
    """

    secrets: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    text: str = "thank you"
    arrived: list[Arrived] = field(default_factory=list)
    port: int = 0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?key=1"

    @property
    def types(self) -> list[str]:
        return [one.body["type"] for one in self.arrived]

    async def until(self, count: int, within_s: int = 8) -> list[Arrived]:
        """What arrived, once it is so much."""
        async with asyncio.timeout(within_s):
            while len(self.arrived) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return self.arrived

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines[1:] if line)}
        body = (await reader.readexactly(int(headers["content-length"]))).decode()
        for secret in self.secrets:
            Verifier(secret).verify(body, headers)
        self.arrived.append(Arrived(headers, json.loads(body)))
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            await self._over.wait()
            writer.close()
            return
        location = "location: /elsewhere\r\n" if 300 <= status < 400 else ""
        location += "retry-after: 1800\r\n" if status == 429 else ""
        head = f"HTTP/1.1 {status} x\r\n{location}content-length: {len(self.text)}\r\nconnection: close\r\n\r\n"
        writer.write((head + self.text).encode())
        await writer.drain()
        writer.close()
