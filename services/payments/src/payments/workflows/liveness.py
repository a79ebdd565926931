"""A long activity shows that it lives, so that a killed worker's work is taken over in seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

_EVERY_S = 1


@asynccontextmanager
async def alive() -> AsyncIterator[None]:
    """Heartbeats while the block runs; the workflow gives the activity up when they stop."""
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(_EVERY_S)
