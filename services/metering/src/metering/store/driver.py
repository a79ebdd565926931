"""The asyncpg connection under a transaction: for whole columns at once, where a row at a time would be too slow."""

from __future__ import annotations

from typing import Any

from common.db import Tx


async def driver(tx: Tx) -> Any:
    """The asyncpg connection of this transaction; what is done on it commits and rolls back with the transaction."""
    return (await tx.get_raw_connection()).driver_connection
