"""The AutoPay workflow in virtual time, and its recorded history replayed: what waits, wakes and ends it (CB-83)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from common.waiting import Begin, Rest, Wake
from payments.workflows.autopay.messages import REVIVED, Collect, Collected
from payments.workflows.autopay.workflow import AutoPay

AT = datetime(2025, 4, 1, 14, tzinfo=UTC)
HISTORY = Path(__file__).parent / "histories" / "auto_pay.json"


class Script:
    """Activities of the same names: `collect_invoice` answers as told, `rest` waits by the server's own clock."""

    def __init__(self, env: WorkflowEnvironment, *answers: datetime | None) -> None:
        self._env, self._answers = env, list(answers)
        self.asked: list[Collect] = []
        self.rests: list[Rest] = []

    @activity.defn(name="collect_invoice")
    async def collect_invoice(self, ask: Collect) -> Collected:
        self.asked.append(ask)
        return Collected(self._answers.pop(0))

    @activity.defn(name="rest")
    async def rest(self, rest: Rest) -> float | None:
        self.rests.append(rest)
        now = await self._env.get_current_time()
        return max(0.0, (rest.due_at - now).total_seconds()) if rest.due_at else None


@pytest_asyncio.fixture(scope="module")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=server
    ) as running:
        yield running


async def _started(env: WorkflowEnvironment) -> WorkflowHandle[AutoPay, None]:
    return await env.client.start_workflow(
        AutoPay.run,
        Begin(str(uuid4()), {"invoice_id": "inv-1"}),
        id=f"autopay/{uuid4()}",
        task_queue="payments",
        start_signal="wake",
        start_signal_args=[Wake("w1", "InvoiceIssued", AT)],
    )


def _worker(env: WorkflowEnvironment, script: Script) -> Worker:
    return Worker(
        env.client, task_queue="payments", workflows=[AutoPay], activities=[script.collect_invoice, script.rest]
    )


async def test_it_asks_at_issue_then_at_each_instant_it_was_given_and_ends(env: WorkflowEnvironment) -> None:
    start_at = await env.get_current_time()
    later = [start_at + timedelta(days=days) for days in (1, 3, 5)]
    script = Script(env, *later, None)
    async with _worker(env, script):
        await (await _started(env)).result()
    assert [ask.at for ask in script.asked] == [AT, *later]
    assert [rest.due_at for rest in script.rests] == [*later, None]
    assert script.rests[0].handled == ["w1"]


async def test_a_wake_between_two_tries_asks_at_once(env: WorkflowEnvironment) -> None:
    far = await env.get_current_time() + timedelta(days=300)
    script = Script(env, far, None)
    async with _worker(env, script):
        handle = await _started(env)
        await handle.signal("wake", Wake("w2", "InvoiceSettled", AT + timedelta(days=2)))
        await handle.signal("wake", Wake("w2", "InvoiceSettled", AT + timedelta(days=2)))
        await handle.result()
    assert [(ask.at, ask.is_revived) for ask in script.asked] == [(AT, False), (AT + timedelta(days=2), False)]


async def test_a_new_method_revives_it(env: WorkflowEnvironment) -> None:
    script = Script(env, await env.get_current_time() + timedelta(days=300), None)
    async with _worker(env, script):
        handle = await _started(env)
        await handle.signal("wake", Wake("w2", REVIVED, AT))
        await handle.result()
    assert [ask.is_revived for ask in script.asked] == [False, True]


async def test_a_history_that_was_recorded_once_still_replays() -> None:
    history = WorkflowHistory.from_json("autopay/recorded", HISTORY.read_text())
    await Replayer(workflows=[AutoPay], data_converter=pydantic_data_converter).replay_workflow(history)
