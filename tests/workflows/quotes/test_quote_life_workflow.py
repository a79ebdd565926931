"""The QuoteLife workflow in virtual time, and its recorded history replayed (CB-100)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest_asyncio
from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from common.waiting import Begin, Rest, Wake
from quotes.workflows.quote_life.client import workflow_id
from quotes.workflows.quote_life.orders import Subject
from quotes.workflows.quote_life.workflow import QuoteLife

AT = datetime(2025, 3, 1, 16, tzinfo=UTC)
HISTORY = Path(__file__).parent / "histories" / "quote_life.json"


class Script:
    """Activities of the same names; `rest` waits by the server's own clock."""

    def __init__(self, env: WorkflowEnvironment, *, mail_failures: int = 0) -> None:
        self._env, self._mail_failures = env, mail_failures
        self.done: list[tuple[str, str]] = []
        self.rests: list[Rest] = []

    @activity.defn(name="mail_quote")
    async def mail_quote(self, subject: Subject) -> None:
        if self._mail_failures:
            self._mail_failures -= 1
            raise ConnectionError("the mail server is away")
        self.done.append(("mailed", subject.quote_id))

    @activity.defn(name="expire_quote")
    async def expire_quote(self, subject: Subject) -> None:
        self.done.append(("expired", subject.quote_id))

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


async def _started(env: WorkflowEnvironment, days: int) -> WorkflowHandle[QuoteLife, None]:
    expires_at = await env.get_current_time() + timedelta(days=days)
    return await env.client.start_workflow(
        QuoteLife.run,
        Begin(str(uuid4()), {"quote_id": "q-1", "expires_at": expires_at.isoformat()}),
        id=workflow_id(uuid4()),
        task_queue="quotes",
        start_signal="wake",
        start_signal_args=[Wake("w1", "QuoteSent", AT)],
    )


def _worker(env: WorkflowEnvironment, script: Script) -> Worker:
    return Worker(
        env.client,
        task_queue="quotes",
        workflows=[QuoteLife],
        activities=[script.mail_quote, script.expire_quote, script.rest],
    )


async def test_it_is_mailed_once_and_expires_when_nobody_takes_it(env: WorkflowEnvironment) -> None:
    script = Script(env)
    begun_at = await env.get_current_time()
    async with _worker(env, script):
        await (await _started(env, 30)).result()
    assert script.done == [("mailed", "q-1"), ("expired", "q-1")]
    assert await env.get_current_time() - begun_at >= timedelta(days=30)
    assert script.rests[0].handled == ["w1"]
    assert script.rests[-1].due_at is None


async def test_an_accepted_one_ends_at_once_and_never_expires(env: WorkflowEnvironment) -> None:
    script = Script(env)
    async with _worker(env, script):
        handle = await _started(env, 300)
        for _ in range(2):
            await handle.signal("wake", Wake("w2", "QuoteAccepted", AT + timedelta(days=2)))
        await handle.result()
    assert script.done == [("mailed", "q-1")]
    assert script.rests[-1].due_at is None


async def test_a_mail_server_that_is_away_delays_the_mail_and_loses_nothing(env: WorkflowEnvironment) -> None:
    script = Script(env, mail_failures=4)
    async with _worker(env, script):
        await (await _started(env, 30)).result()
    assert script.done == [("mailed", "q-1"), ("expired", "q-1")]


def test_a_quotes_workflow_is_named_after_it() -> None:
    assert workflow_id(UUID(int=7)) == "quote/00000000-0000-0000-0000-000000000007"


async def test_a_history_that_was_recorded_once_still_replays() -> None:
    history = WorkflowHistory.from_json("quote/recorded", HISTORY.read_text())
    await Replayer(workflows=[QuoteLife], data_converter=pydantic_data_converter).replay_workflow(history)
