"""What another service has just made may not have arrived here yet: wait a moment before saying it does not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID

from common.db import Tx
from common.errors import NotFound
from metering.store import copies

_ROUNDS = 30
_PAUSE_S = 0.1


async def wait_for_units(tx: Tx, wanted: Collection[UUID]) -> None:
    """Return when all the units are known; refuse those that still are not after some seconds."""
    missing = set(wanted)
    for number in range(_ROUNDS):
        missing -= {row.unit_id for row in await copies.units_named(tx, [], missing)}
        if not missing:
            return
        if number + 1 < _ROUNDS:
            await asyncio.sleep(_PAUSE_S)
    raise NotFound(f"There is no unit {min(missing)}.", field="unit_id", remedy="register it first")


async def wait_for_site(tx: Tx, site_id: UUID) -> None:
    """Return when the site is known; refuse it if it still is not after some seconds."""
    for number in range(_ROUNDS):
        if await copies.sites_coded(tx, [], [site_id]):
            return
        if number + 1 < _ROUNDS:
            await asyncio.sleep(_PAUSE_S)
    raise NotFound(f"There is no site {site_id}.", field="site_id", remedy="open it first")
