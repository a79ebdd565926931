"""The Post workflow in virtual time, and its recorded history replayed: no mail stays unsent (CM-30, CM-31)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from common.waiting import Begin, Rest, Wake
from customers.workflows.post.client import workflow_id
from customers.workflows.post.orders import Batch
from customers.workflows.post.workflow import Post

AT = datetime(2025, 3, 1, 16, tzinfo=UTC)
HISTORY = Path(__file__).parent / "histories" / "post.json"


class Script:
    """Activities of the same names: a batch of so many rounds, and a mail server that is away at first."""

    def __init__(self, *, rounds: int = 1, failures: int = 0) -> None:
        self._rounds, self._failures = rounds, failures
        self.sent: list[str] = []
        self.rests: list[Rest] = []

    @activity.defn(name="send_mails")
    async def send_mails(self, batch: Batch) -> int:
        if self._failures:
            self._failures -= 1
            raise ConnectionError("the mail server is away")
        self.sent.append(batch.batch_id)
        return int(len(self.sent) < self._rounds)

    @activity.defn(name="rest")
    async def rest(self, rest: Rest) -> float | None:
        self.rests.append(rest)
        return None


@pytest_asyncio.fixture(scope="module")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=server
    ) as running:
        yield running


async def _run(env: WorkflowEnvironment, script: Script) -> WorkflowHandle[Post, None]:
    doing: list[Callable[..., Any]] = [script.send_mails, script.rest]
    async with Worker(env.client, task_queue="customers", workflows=[Post], activities=doing):
        handle = await env.client.start_workflow(
            Post.run,
            Begin(str(uuid4()), {"batch_id": "b-1"}),
            id=workflow_id(uuid4()),
            task_queue="customers",
            start_signal="wake",
            start_signal_args=[Wake("w1", "written", AT)],
        )
        await handle.result()
        return handle


async def test_a_batch_is_sent_to_its_end_and_reported_once(env: WorkflowEnvironment) -> None:
    script = Script(rounds=3)
    await _run(env, script)
    assert script.sent == ["b-1"] * 3
    assert [r.handled for r in script.rests if r.handled] == [["w1"]]


async def test_a_mail_server_that_is_away_delays_the_post_and_loses_nothing(env: WorkflowEnvironment) -> None:
    script = Script(failures=5)
    await _run(env, script)
    assert script.sent == ["b-1"]


def test_a_batch_is_named_after_its_cause() -> None:
    assert workflow_id(UUID(int=7)) == "post/00000000-0000-0000-0000-000000000007"


async def test_a_history_that_was_recorded_once_still_replays() -> None:
    history = WorkflowHistory.from_json("post/recorded", HISTORY.read_text())
    await Replayer(workflows=[Post], data_converter=pydantic_data_converter).replay_workflow(history)
