"""The two statements of a bill go to the driver itself: what SQLAlchemy adds to each costs as much as the rating."""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError

from common.db import Tx


async def row(tx: Tx, statement: str, *values: object) -> Any:
    """The first row, within the same transaction; failures look as they do everywhere else."""
    connection = (await tx.get_raw_connection()).driver_connection
    assert connection is not None
    try:
        return await connection.fetchrow(statement, *values)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DBAPIError(statement, None, error) from error
