"""Asks every service whether it is at rest: the question behind each step of a test clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

import httpx
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from pydantic import ValidationError

from common.app import Settlement
from identity.domain.test_clock import Look

_LATELY_NS = 1_000_000_000


class Settlements(Protocol):
    """A look at all services for one organization, or at some of them by name."""

    async def look(self, organization_id: UUID, only: Collection[str] | None = None) -> list[Look]: ...

    async def lately(self, organization_id: UUID) -> list[Look]: ...


class HttpSettlements:
    """`urls` maps the services' names to their addresses. One that does not answer properly is not at rest."""

    def __init__(self, urls: Mapping[str, str], *, timeout_s: int = 5) -> None:
        self._urls = dict(urls)
        self._last: dict[UUID, tuple[int, dict[str, Look]]] = {}
        self._client = httpx.AsyncClient(timeout=timeout_s, limits=httpx.Limits(keepalive_expiry=30))

    async def look(self, organization_id: UUID, only: Collection[str] | None = None) -> list[Look]:
        names = [name for name in self._urls if only is None or name in only]
        # Looks come by the hundred in an advance; as spans they would bury what they wait for.
        with suppress_http_instrumentation():
            seen = list(await asyncio.gather(*(self._ask(name, organization_id) for name in names)))
        _, before = self._last.get(organization_id, (0, {}))
        self._last[organization_id] = time.monotonic_ns(), before | {look.service: look for look in seen}
        return seen

    async def lately(self, organization_id: UUID) -> list[Look]:
        """The last look, where it is not older than a second: whoever only watches an advance does not slow it."""
        looked_at, seen = self._last.get(organization_id, (-_LATELY_NS, {}))
        if time.monotonic_ns() - looked_at < _LATELY_NS:
            return list(seen.values())
        return await self.look(organization_id)

    async def _ask(self, service: str, organization_id: UUID) -> Look:
        try:
            answer = await self._client.get(
                f"{self._urls[service]}/internal/settle", params={"organization_id": str(organization_id)}
            )
            answer.raise_for_status()
            said = Settlement.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            return Look(service, stuck=f"does not answer: {type(error).__name__}")
        return Look(
            service=service,
            clock_at=said.clock_at,
            is_idle=said.is_idle,
            unpublished=said.unpublished,
            consumer_lag=said.consumer_lag,
            open_wakeups=said.open_wakeups,
            next_due_at=said.next_due_at,
            activity=said.activity,
            stuck=said.stuck,
        )

    async def close(self) -> None:
        await self._client.aclose()
