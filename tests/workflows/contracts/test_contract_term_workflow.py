"""The ContractTerm workflow in virtual time: it sleeps to the end, follows its moves, and ends with the contract."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio
from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from common.waiting import Wake
from contracts.workflows.contract_term.orders import TermAnswer, TermOrder
from contracts.workflows.contract_term.workflow import ContractTerm
from support.virtual_time import Resting, replays, started, virtual_time

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
FIRST = Wake("w1", "activated", AT)
ARGS = {"contract_id": "c-1"}
HISTORY = Path(__file__).parent / "histories" / "contract_term.json"


class Script(Resting):
    """`reach_end` answers as told; the last answer stands for all that follow."""

    def __init__(self, env: WorkflowEnvironment, *answers: TermAnswer) -> None:
        super().__init__(env)
        self._answers = list(answers)
        self.asked: list[datetime] = []

    @activity.defn(name="reach_end")
    async def reach_end(self, order: TermOrder) -> TermAnswer:
        assert order.contract_id == "c-1"
        self.asked.append(order.at)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest_asyncio.fixture(scope="module")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    async with virtual_time() as running:
        yield running


def worker(env: WorkflowEnvironment, script: Script) -> Worker:
    return Worker(
        env.client, task_queue="ContractTerm", workflows=[ContractTerm], activities=[script.reach_end, script.rest]
    )


async def test_it_sleeps_until_the_end_and_acts_at_its_instant(env: WorkflowEnvironment) -> None:
    end_at = await env.get_current_time() + timedelta(days=365)
    script = Script(env, TermAnswer(False, end_at), TermAnswer(True, end_at))
    async with worker(env, script):
        handle = await started(env, "ContractTerm", ARGS, FIRST)
        await handle.result()
    assert script.asked == [AT, end_at]
    assert [(r.handled, r.due_at) for r in script.rests] == [(["w1"], end_at), ([], None)]
    if os.environ.get("RECORD_HISTORIES"):
        HISTORY.write_text((await handle.fetch_history()).to_json())


async def test_a_renewal_moves_it_on_to_the_next_end(env: WorkflowEnvironment) -> None:
    now = await env.get_current_time()
    ends = [now + timedelta(days=days) for days in (30, 60, 90)]
    script = Script(env, *(TermAnswer(False, end_at) for end_at in ends), TermAnswer(True, ends[2]))
    async with worker(env, script):
        await (await started(env, "ContractTerm", ARGS, FIRST)).result()
    assert script.asked == [AT, *ends]


async def test_an_earlier_end_wakes_it_and_the_later_wait_is_forgotten(env: WorkflowEnvironment) -> None:
    now = await env.get_current_time()
    far, near = now + timedelta(days=900), now + timedelta(days=20)
    script = Script(env, TermAnswer(False, far), TermAnswer(False, near), TermAnswer(True, near))
    async with worker(env, script):
        handle = await started(env, "ContractTerm", ARGS, FIRST)
        await handle.signal("wake", Wake("w2", "amended", AT + timedelta(days=1)))
        await handle.result()
    assert script.asked == [AT, AT + timedelta(days=1), near]


async def test_a_contract_without_an_end_waits_for_word_of_one(env: WorkflowEnvironment) -> None:
    near = await env.get_current_time() + timedelta(days=5)
    script = Script(env, TermAnswer(False, None), TermAnswer(False, near), TermAnswer(True, near))
    async with worker(env, script):
        handle = await started(env, "ContractTerm", ARGS, FIRST)
        await script.at_rest()
        assert script.rests[0].due_at is None
        await handle.signal("wake", Wake("w2", "amended", AT))
        await handle.result()
    assert script.asked == [AT, AT, near]


async def test_a_due_wake_for_an_end_that_moved_on_is_passed_over(env: WorkflowEnvironment) -> None:
    """In test mode the table wakes it: a row that was overtaken by an amendment does not count."""
    end_at = await env.get_current_time() + timedelta(days=40)
    script = Script(env, TermAnswer(False, end_at), TermAnswer(True, end_at))
    async with worker(env, script):
        handle = await started(env, "ContractTerm", ARGS, FIRST)
        await handle.signal("wake", Wake("w2", "due", end_at - timedelta(days=10)))
        await handle.result()
    assert script.asked == [AT, end_at]


async def test_after_many_wakes_it_goes_on_in_a_fresh_history(env: WorkflowEnvironment) -> None:
    end_at = await env.get_current_time() + timedelta(days=40)
    answers = [TermAnswer(False, end_at)] * 230 + [TermAnswer(True, end_at)]
    script = Script(env, *answers)
    async with worker(env, script):
        handle = await started(env, "ContractTerm", ARGS, FIRST)
        for number in range(229):
            await handle.signal("wake", Wake(f"n{number}", "amended", AT + timedelta(seconds=number)))
        await handle.result()
    assert len(script.asked) == 231
    assert script.asked[-1] == end_at
    reported = [wake for rest in script.rests for wake in rest.handled]
    assert sorted(reported) == sorted({"w1", *(f"n{n}" for n in range(229))})


def test_a_history_that_was_recorded_once_still_replays() -> None:
    asyncio.run(replays(ContractTerm, HISTORY.read_text()))
