"""Temporal's time-skipping test server: months pass in milliseconds; the plumbing's `rest` waits by its clock."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from common.waiting import Begin, Rest, Wake


@asynccontextmanager
async def virtual_time() -> AsyncIterator[WorkflowEnvironment]:
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=server
    ) as running:
        yield running


class Resting:
    """The activity `rest` as a live organization has it, with a note of every call."""

    def __init__(self, env: WorkflowEnvironment) -> None:
        self.env = env
        self.rests: list[Rest] = []

    @activity.defn(name="rest")
    async def rest(self, rest: Rest) -> float | None:
        self.rests.append(rest)
        now = await self.env.get_current_time()
        return max(0.0, (rest.due_at - now).total_seconds()) if rest.due_at else None

    async def at_rest(self) -> None:
        """Returns when the workflow has come to rest for the first time."""
        for _ in range(1000):
            if self.rests:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not come to rest")


async def started(
    env: WorkflowEnvironment, workflow: str, args: dict[str, str], first: Wake
) -> WorkflowHandle[object, None]:
    """The workflow with its first wake in the queue, as the dispatcher starts it, on a task queue of its own name."""
    return await env.client.start_workflow(
        workflow,
        Begin(str(uuid4()), dict(args)),
        id=f"{workflow}/{uuid4()}",
        task_queue=workflow,
        start_signal="wake",
        start_signal_args=[first],
    )


async def replays(workflow: type, history: str) -> None:
    """Raises where the code would not do again what the recorded history did."""
    recorded = WorkflowHistory.from_json(f"{workflow.__name__}/recorded", history)
    await Replayer(workflows=[workflow], data_converter=pydantic_data_converter).replay_workflow(recorded)
