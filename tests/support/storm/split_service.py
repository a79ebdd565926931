"""Metering as three processes: API, consumer, and the rest (relay and jobs)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from hostbook.engines.stack import Stack
from support.one_service import OneService, eventually
from support.roles import Roles


class SplitService(OneService):
    """As `OneService`; settled is what all three of them say."""

    def __init__(self, stack: Stack, roles: Roles) -> None:
        super().__init__(stack, "metering")
        self.roles, self.url = roles, roles.url("api")

    async def start(self) -> None:
        await self.roles.migrate()
        await self.roles.start()

    async def stop(self) -> None:
        await self.roles.stop()

    async def settled(self, organization_id: UUID, *, clock_at: datetime | None = None, within_s: float = 60) -> None:
        last: list[int] = []

        async def is_settled() -> bool:
            nonlocal last
            try:
                found = [await self._asked(name, organization_id) for name in self.roles.ports]
            except httpx.HTTPError:  # a connection from before the last stroke
                return False
            idle = not any(one["unpublished"] or one["consumer_lag"] or one["open_wakeups"] for one in found)
            clock = found[0]["clock_at"]
            there = clock_at is None or (
                clock is not None and datetime.fromisoformat(clock).astimezone(UTC) == clock_at.astimezone(UTC)
            )
            activity = [one["activity"] for one in found]
            same, last = activity == last, activity
            return idle and there and same

        await eventually(is_settled, within_s=within_s)

    async def _asked(self, name: str, organization_id: UUID) -> Any:
        query = {"organization_id": str(organization_id)}
        async with httpx.AsyncClient(base_url=self.roles.url(name), timeout=30) as client:
            return (await client.get("/internal/settle", params=query)).raise_for_status().json()
