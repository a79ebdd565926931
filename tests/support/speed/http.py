"""An HTTP/1.1 caller that costs next to nothing, so that a benchmark measures the service and not its client."""

from __future__ import annotations

import asyncio
from types import TracebackType
from uuid import uuid4


class Caller:
    """One kept connection; `headers` go along with every call."""

    def __init__(self, host: str, port: int, headers: dict[str, str]) -> None:
        self._host, self._port = host, port
        named = {"Host": f"{host}:{port}", "Content-Type": "application/json", **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Caller:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._hang_up()

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; OSError where there is none."""
        head = f"POST {path} HTTP/1.1\r\n{self._head}Idempotency-Key: {uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._sent(head.encode() + body)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Likewise."""
        return await self._sent(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    async def _sent(self, request: bytes) -> tuple[int, bytes]:
        try:
            if self._reader is None or self._writer is None:
                self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
            self._writer.write(request)
            return await self._answer(self._reader)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self._hang_up()
            raise OSError(f"no answer: {error}") from error
        except asyncio.CancelledError:
            self._hang_up()
            raise

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lines = head.split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        body = await reader.readexactly(int(fields["content-length"]))
        if fields.get("connection") == "close":
            self._hang_up()
        return int(lines[0].split(" ", 2)[1]), body

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
