"""Evidence is let in only as far as there is memory for it: what would be too much is told to come again later.

A body is counted before it is read, for as long as its call lasts, so that a stalled log, a stalled database or many
collectors at once cannot make the process grow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from common.errors import RuleBroken, Unavailable
from common.http import MAX_BODY, Route, Run, new_router

_GZIP_GROWS = 12
_CALL_S = 60


class LengthMissing(RuleBroken):
    """A body of which nobody knows how long it will be."""

    code, status = "length_missing", 411


class Admission:
    """The bytes of bodies in hand, and how many may be; a single call is always let in."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self.in_hand = most_bytes, 0

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        """While the block lasts, so many bytes are in hand; raises `Unavailable` where that would be too much."""
        if self.in_hand and self.in_hand + size > self._most:
            raise Unavailable("Too many calls at once; send it again a little later.")
        self.in_hand += size
        try:
            yield
        finally:
            self.in_hand -= size


class EvidenceRoute(Route):
    """As every route of ours, behind the admission that `main` puts into the application's state."""

    def get_route_handler(self) -> Run:
        run = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.method == "GET":
                return await run(request)
            admission: Admission = request.app.state.admission
            try:
                with admission.of(_size_of(request)):
                    async with asyncio.timeout(_CALL_S):
                        return await run(request)
            except Unavailable:
                with suppress(ClientDisconnect, RuntimeError):  # gone, or read already
                    async for _ in request.stream():  # a caller still sending would not hear the answer
                        pass
                raise

        return handle


def _size_of(request: Request) -> int:
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise LengthMissing("The call does not say how long its body is.", field="Content-Length", remedy="send it")
    is_packed = request.headers.get("content-encoding", "identity").lower() != "identity"
    return min(int(length) * (_GZIP_GROWS if is_packed else 1), MAX_BODY)


def evidence_router(noun: str) -> APIRouter:
    """A router for large bodies, as `common.http.new_router`."""
    router = new_router(noun)
    router.route_class = EvidenceRoute
    return router
