"""The Delinquency workflow in virtual time: steps at their own instants, cleared when paid (CB-101 to CB-105)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from common.waiting import Wake
from revenueguard.domain.dunning_policy import DEFAULT_POLICY, Standing, Step, step_at
from revenueguard.workflows.delinquency.orders import Subject, Taking
from revenueguard.workflows.delinquency.workflow import Delinquency
from support.virtual_time import Resting, replays, started, virtual_time

ARGS = {"customer_id": "b0a5e1a0-0000-4000-8000-000000000001"}
HISTORY = Path(__file__).parent / "histories" / "delinquency.json"
CHICAGO = "America/Chicago"


class Debtor(Resting):
    """A customer whose oldest overdue invoice was due on a day, until `paid_after` steps are taken."""

    def __init__(self, env: WorkflowEnvironment, due_on: date | None, *, paid_after: int = 99) -> None:
        super().__init__(env)
        self.due_on, self._paid_after = due_on, paid_after
        self.taken: list[tuple[str, datetime]] = []
        self.cleared_at: list[datetime] = []

    @activity.defn(name="read_standing")
    async def read_standing(self, subject: Subject) -> Standing:
        assert subject.customer_id == ARGS["customer_id"]
        owes = self.due_on if len(self.taken) < self._paid_after else None
        names = [name for name, _ in self.taken]
        return Standing(owes, names, "default" in names, list(DEFAULT_POLICY), CHICAGO)

    @activity.defn(name="take_step")
    async def take_step(self, taking: Taking) -> None:
        assert taking.step is not None
        self.taken.append((taking.step.name, taking.at))

    @activity.defn(name="clear_paid")
    async def clear_paid(self, taking: Taking) -> None:
        self.cleared_at.append(taking.at)


@pytest_asyncio.fixture(scope="module")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    async with virtual_time() as running:
        yield running


def worker(env: WorkflowEnvironment, debtor: Debtor) -> Worker:
    activities: list[Callable[..., Any]] = [debtor.read_standing, debtor.take_step, debtor.clear_paid, debtor.rest]
    return Worker(env.client, task_queue="Delinquency", workflows=[Delinquency], activities=activities)


def instants(due_on: date, *steps: Step) -> list[tuple[str, datetime]]:
    return [(step.name, step_at(step, due_on, CHICAGO)) for step in steps]


async def test_every_step_is_taken_at_nine_local_of_its_day_and_a_payment_ends_it(env: WorkflowEnvironment) -> None:
    start_at = await env.get_current_time()
    due_on = start_at.date()
    debtor = Debtor(env, due_on, paid_after=4)
    async with worker(env, debtor):
        handle = await started(env, "Delinquency", ARGS, Wake("w1", "InvoiceOverdue", start_at))
        await handle.result()
    assert debtor.taken == instants(due_on, *DEFAULT_POLICY)
    assert debtor.cleared_at == [debtor.taken[-1][1]]
    if os.environ.get("RECORD_HISTORIES"):
        HISTORY.write_text((await handle.fetch_history()).to_json())


async def test_a_payment_between_two_steps_clears_at_once(env: WorkflowEnvironment) -> None:
    start_at = await env.get_current_time()
    debtor = Debtor(env, start_at.date(), paid_after=0)
    async with worker(env, debtor):
        handle = await started(env, "Delinquency", ARGS, Wake("w1", "InvoiceOverdue", start_at))
        await handle.signal("wake", Wake("w2", "InvoiceSettled", start_at + timedelta(hours=3)))
        await handle.result()
    assert debtor.taken == []
    assert debtor.cleared_at[0] == start_at


async def test_steps_that_were_missed_are_taken_in_order_at_their_own_instants(env: WorkflowEnvironment) -> None:
    now = await env.get_current_time()
    due_on = (now - timedelta(days=12)).date()
    debtor = Debtor(env, due_on, paid_after=3)
    async with worker(env, debtor):
        await (await started(env, "Delinquency", ARGS, Wake("w1", "InvoiceOverdue", now))).result()
    assert debtor.taken == instants(due_on, *DEFAULT_POLICY[:3])


async def test_after_the_last_step_it_waits_for_the_money_without_a_timer(env: WorkflowEnvironment) -> None:
    now = await env.get_current_time()
    due_on = (now - timedelta(days=60)).date()
    debtor = Debtor(env, due_on)
    async with worker(env, debtor):
        handle = await started(env, "Delinquency", ARGS, Wake("w1", "InvoiceOverdue", now))
        await debtor.at_rest()
        assert debtor.rests[-1].due_at is None
        debtor.due_on = None
        await handle.signal("wake", Wake("w2", "InvoiceSettled", now + timedelta(days=5)))
        await handle.result()
    assert [name for name, _ in debtor.taken] == [step.name for step in DEFAULT_POLICY]
    assert debtor.cleared_at == [now + timedelta(days=5)]


def test_a_history_that_was_recorded_once_still_replays() -> None:
    asyncio.run(replays(Delinquency, HISTORY.read_text()))
