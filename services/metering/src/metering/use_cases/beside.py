"""What must never stop evidence or closings: alerts and the like run beside them, in a savepoint of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common import telemetry
from common.db import Tx, is_transient


@asynccontextmanager
async def beside(tx: Tx, what: str) -> AsyncIterator[None]:
    """A fault inside is logged and undone alone; one that may pass (a lost connection) is the whole transaction's."""
    try:
        async with tx.begin_nested():
            yield
    except Exception as error:
        if is_transient(error):
            raise
        telemetry.log().exception("left out", type=what)
