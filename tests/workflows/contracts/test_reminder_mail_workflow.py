"""The ReminderMail workflow in virtual time: tried until it is taken, apart from the contract's own term."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest_asyncio
from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from common.errors import Unavailable
from common.waiting import Wake
from contracts.workflows.reminder_mail.client import workflow_id
from contracts.workflows.reminder_mail.orders import ReminderOrder
from contracts.workflows.reminder_mail.workflow import ReminderMail
from support.virtual_time import Resting, replays, started, virtual_time

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
ARGS = {"reminder_id": "r-1"}
HISTORY = Path(__file__).parent / "histories" / "reminder_mail.json"


class Script(Resting):
    """A mail server that is away for the first `away` attempts."""

    def __init__(self, env: WorkflowEnvironment, away: int = 0) -> None:
        super().__init__(env)
        self._away = away
        self.orders: list[ReminderOrder] = []

    @activity.defn(name="mail_reminder")
    async def mail_reminder(self, order: ReminderOrder) -> None:
        self.orders.append(order)
        if len(self.orders) <= self._away:
            raise Unavailable("The mail server did not take a message.")


@pytest_asyncio.fixture(scope="module")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    async with virtual_time() as running:
        yield running


def worker(env: WorkflowEnvironment, script: Script) -> Worker:
    return Worker(
        env.client, task_queue="ReminderMail", workflows=[ReminderMail], activities=[script.mail_reminder, script.rest]
    )


async def test_it_is_mailed_with_the_instant_it_was_told_at(env: WorkflowEnvironment) -> None:
    script = Script(env)
    async with worker(env, script):
        handle = await started(env, "ReminderMail", ARGS, Wake("w1", "reminded", AT))
        await handle.result()
    assert [(o.reminder_id, o.at) for o in script.orders] == [("r-1", AT)]
    assert script.rests[-1].handled == ["w1"]
    if os.environ.get("RECORD_HISTORIES"):
        HISTORY.write_text((await handle.fetch_history()).to_json())


async def test_a_mail_server_that_is_away_is_asked_again(env: WorkflowEnvironment) -> None:
    script = Script(env, away=4)
    async with worker(env, script):
        await (await started(env, "ReminderMail", ARGS, Wake("w1", "reminded", AT))).result()
    assert len(script.orders) == 5


def test_its_id_names_the_reminder() -> None:
    assert workflow_id(UUID(int=7)) == f"contract-reminder/{UUID(int=7)}"


def test_a_history_that_was_recorded_once_still_replays() -> None:
    asyncio.run(replays(ReminderMail, HISTORY.read_text()))
