"""Ending tasks for sure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_ASK_AGAIN_S = 1


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until all are done.

    Once is not enough: `asyncio.wait_for` of Python 3.11, which libraries use, loses a cancellation that comes in the
    moment in which what it waits for is done.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_ASK_AGAIN_S)
