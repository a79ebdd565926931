"""One question, one answer, one connection: how the cgminer API is spoken, within limits of time and size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from hostbook.collect.driver import Failure, Trouble

LARGEST = 512 * 1024
"""Bytes of one answer. The longest known one, the chips of an Avalon, has 30,000."""


class Unanswered(Exception):
    """A question came to nothing; `failure` says why, `refusal` is what a miner said that refused it."""

    def __init__(self, trouble: Trouble, reason: str, remedy: str, refusal: Mapping[str, object] | None = None) -> None:
        super().__init__(reason)
        self.failure, self.refusal = Failure(trouble, reason, remedy), refusal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a miner's API listens, and how long to wait for a connection and again for the whole answer."""

    host: str
    port: int
    timeout_s: Fraction

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def question(command: str, *, key: str = "command") -> bytes:
    """A command as JSON; Whatsminer knows some of them under the key `cmd` only."""
    return json.dumps({key: command}).encode()


async def exchange(place: Place, request: bytes, is_whole: Callable[[bytes], bool]) -> bytes:
    """What the miner answers: until it closes, ends with NUL, or `is_whole` holds. Raises `Unanswered`."""
    reader, writer = await _connected(place)
    try:
        writer.write(request)
        await writer.drain()
        return await _answer(place, reader, is_whole)
    except ConnectionError as error:
        remedy = "its API ended the connection: restart the miner's process if this stays"
        raise Unanswered(Trouble.SILENT, f"{place} hung up ({error}).", remedy) from None
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1)


async def _connected(place: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(float(place.timeout_s)):
            return await asyncio.open_connection(place.host, place.port)
    except TimeoutError:
        reason = f"{place} took no connection within {float(place.timeout_s):g} s."
        raise Unanswered(Trouble.SILENT, reason, "is the miner on, and its network up?") from None
    except OSError as error:
        reason = f"{place} refuses: {error.strerror or error}."
        remedy = "check address and port, and that the API is on (api-listen, api-network)"
        raise Unanswered(Trouble.UNREACHABLE, reason, remedy) from None


async def _answer(place: Place, reader: asyncio.StreamReader, is_whole: Callable[[bytes], bool]) -> bytes:
    got = bytearray()
    with suppress(TimeoutError):
        async with asyncio.timeout(float(place.timeout_s)):
            while part := await reader.read(65536):
                got += part
                if len(got) > LARGEST:
                    reason = f"{place} answered more than {LARGEST:,} bytes."
                    raise Unanswered(Trouble.NONSENSE, reason, "this is no miner's API; check address and port")
                if got.endswith(b"\0") or is_whole(bytes(got)):
                    return bytes(got)
    if not got:
        reason = f"{place} took the connection and said nothing within {float(place.timeout_s):g} s."
        raise Unanswered(Trouble.SILENT, reason, "restart the miner's process if this stays")
    return bytes(got)
