"""The billing calendar and the billing run in virtual time, and their recorded histories replayed (CB-53, CB-56)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from common.waiting import Begin, Rest, Wake
from invoicing.workflows.billing_calendar import client as calendar_client
from invoicing.workflows.billing_calendar.workflow import DAYS_BEFORE_A_FRESH_START, BillingCalendar
from invoicing.workflows.billing_run import client as run_client
from invoicing.workflows.billing_run.delivery_workflow import InvoiceDelivery
from invoicing.workflows.billing_run.orders import DayOrder, DeliveryOrder, NextDay, PageDone, Readiness, RunOrder
from invoicing.workflows.billing_run.workflow import BillingRun

AT = datetime(2025, 4, 1, 5, 30, tzinfo=UTC)
HISTORIES = Path(__file__).parent / "histories"


class Script:
    """Activities of the same names; `missing` answers how many days of usage are missing, look by look."""

    def __init__(self, env: WorkflowEnvironment, *missing: int, shards: int = 1) -> None:
        self._env, self._missing, self._shards = env, list(missing), shards
        self.days: list[DayOrder] = []
        self.looks: list[datetime] = []
        self.pages: list[tuple[str, int, str | None]] = []
        self.delivered: list[str] = []
        self.finished: list[datetime] = []
        self.handled: list[str] = []

    @activity.defn(name="billing_day")
    async def billing_day(self, order: DayOrder) -> NextDay:
        self.days.append(order)
        return NextDay(await self._env.get_current_time() + timedelta(days=1))

    @activity.defn(name="look_at_usage")
    async def look_at_usage(self, order: RunOrder) -> Readiness:
        self.looks.append(order.at)
        return Readiness(self._missing.pop(0) if self._missing else 0, self._shards)

    @activity.defn(name="bill_page")
    async def bill_page(self, order: RunOrder) -> PageDone:
        self.pages.append(("bill", order.shard, order.after))
        return PageDone("customer-9" if order.after is None else None)

    @activity.defn(name="deliver_page")
    async def deliver_page(self, order: RunOrder) -> PageDone:
        self.pages.append(("deliver", order.shard, order.after))
        return PageDone(None)

    @activity.defn(name="finish_run")
    async def finish_run(self, order: RunOrder) -> None:
        self.finished.append(order.at)

    @activity.defn(name="deliver_invoice")
    async def deliver_invoice(self, order: DeliveryOrder) -> None:
        self.delivered.append(order.invoice_id)

    @activity.defn(name="rest")
    async def rest(self, rest: Rest) -> float | None:
        self.handled += rest.handled
        now = await self._env.get_current_time()
        return max(0.0, (rest.due_at - now).total_seconds()) if rest.due_at else None


@pytest_asyncio.fixture(scope="module")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=server
    ) as running:
        yield running


def _worker(env: WorkflowEnvironment, script: Script) -> Worker:
    activities: list[Callable[..., Any]] = [
        script.billing_day, script.look_at_usage, script.bill_page, script.deliver_page, script.finish_run,
        script.deliver_invoice, script.rest,
    ]  # fmt: skip
    workflows = [BillingRun, BillingCalendar, InvoiceDelivery]
    return Worker(env.client, task_queue="invoicing", workflows=workflows, activities=activities)


async def _run(env: WorkflowEnvironment, at: datetime = AT) -> None:
    handle = await env.client.start_workflow(
        BillingRun.run, Begin(str(uuid4()), {"run_id": "run-1"}), id=f"billing-run/{uuid4()}", task_queue="invoicing",
        start_signal="wake", start_signal_args=[Wake("w1", "requested", at)],
    )  # fmt: skip
    await handle.result()


async def test_a_run_bills_page_after_page_then_delivers_then_ends(env: WorkflowEnvironment) -> None:
    script = Script(env)
    async with _worker(env, script):
        await _run(env)
    assert script.pages == [("bill", 0, None), ("bill", 0, "customer-9"), ("deliver", 0, None)]
    assert (script.looks, script.finished, script.handled) == ([AT], [AT], ["w1"])


async def test_a_run_looks_again_every_quarter_hour_until_the_usage_is_here(env: WorkflowEnvironment) -> None:
    script = Script(env, 2, 1)
    start_at = await env.get_current_time()
    async with _worker(env, script):
        await _run(env, start_at)
    later = [start_at + timedelta(minutes=15 * n) for n in range(3)]
    assert (script.looks, script.finished) == (later, later[2:])


async def test_after_three_days_a_run_does_without_the_missing_usage(env: WorkflowEnvironment) -> None:
    script = Script(env, *[1] * 1000)
    start_at = await env.get_current_time()
    async with _worker(env, script):
        await _run(env, start_at)
    assert script.finished == [start_at + timedelta(days=3)]


async def test_many_customers_are_billed_in_shards_side_by_side(env: WorkflowEnvironment) -> None:
    script = Script(env, shards=3)
    async with _worker(env, script):
        await _run(env)
    billed = [page for page in script.pages if page[0] == "bill"]
    assert sorted(billed, key=str) == sorted((("bill", n, a) for n in range(3) for a in (None, "customer-9")), key=str)
    assert script.pages[-1] == ("deliver", 0, None)


async def test_the_calendar_works_every_day_looks_at_new_settings_and_starts_afresh(env: WorkflowEnvironment) -> None:
    script, organization_id = Script(env), uuid4()
    async with _worker(env, script):
        handle = await env.client.start_workflow(
            BillingCalendar.run, Begin(str(organization_id), {"since": AT.isoformat()}),
            id=calendar_client.workflow_id(organization_id), task_queue="invoicing",
            start_signal="wake", start_signal_args=[Wake("w1", "OrganizationCreated", AT)],
        )  # fmt: skip
        await handle.signal("wake", Wake("w2", "settings", AT))
        first_run = (await handle.describe()).run_id
        await env.sleep(timedelta(days=DAYS_BEFORE_A_FRESH_START + 10))
        described = await handle.describe()
        await handle.terminate()
    assert [order.is_due for order in script.days[:4]] == [False, False, True, True]
    assert len(script.days) > DAYS_BEFORE_A_FRESH_START
    assert {order.since for order in script.days} == {AT}
    assert (described.status, described.run_id == first_run) == (WorkflowExecutionStatus.RUNNING, False)
    assert {"w1", "w2"} <= set(script.handled)


async def test_a_released_invoice_is_delivered_as_often_as_it_is_asked_for(env: WorkflowEnvironment) -> None:
    script, invoice_id = Script(env), uuid4()
    async with _worker(env, script):
        handle = await env.client.start_workflow(
            InvoiceDelivery.run, Begin(str(uuid4()), {"invoice_id": str(invoice_id)}),
            id=run_client.delivery_id(invoice_id), task_queue="invoicing",
            start_signal="wake", start_signal_args=[Wake("w1", "issued", AT)],
        )  # fmt: skip
        await handle.result()
    assert script.delivered == [str(invoice_id)]


@pytest.mark.parametrize(("name", "workflow"), [("billing_run", BillingRun), ("billing_calendar", BillingCalendar)])
async def test_a_history_that_was_recorded_once_still_replays(name: str, workflow: type) -> None:
    history = WorkflowHistory.from_json(f"{name}/recorded", (HISTORIES / f"{name}.json").read_text())
    await Replayer(workflows=[workflow], data_converter=pydantic_data_converter).replay_workflow(history)


def test_workflows_are_named_by_what_they_are_for() -> None:
    one = uuid4()
    assert run_client.workflow_id(one) == f"billing-run/{one}"
    assert calendar_client.workflow_id(one) == f"billing/{one}"
    assert run_client.delivery_id(one) == f"invoice-delivery/{one}"
