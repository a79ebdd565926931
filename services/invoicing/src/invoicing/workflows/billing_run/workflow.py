"""A billing run: waits until the period's usage is complete, bills page by page, then mails (CB-48 to CB-62)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, Begin, Wakeable
    from invoicing.workflows.billing_run.orders import PageDone, Readiness, RunOrder

LOOK_AGAIN = timedelta(minutes=15)
GIVE_UP = timedelta(days=3)
_STEP = timedelta(minutes=5)


@workflow.defn(name="BillingRun")
class BillingRun(Wakeable):
    """One per run; the invoices are made by activities, one transaction a customer."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        wake = await self.sleep_until(None)
        order = await self._complete_usage(RunOrder(begin.organization_id, begin.args["run_id"], wake.at))
        shards = [replace(order, shard=number) for number in range(order.shards)]
        await asyncio.gather(*(self._pages("bill_page", shard) for shard in shards))
        await self._pages("deliver_page", order)
        await self._step("finish_run", order)
        while not await self.finished():
            await self.sleep_until(None)

    async def _complete_usage(self, order: RunOrder) -> RunOrder:
        """The order at the instant when the usage of the period is here; after three days the run does without."""
        latest = order.at + GIVE_UP
        while True:
            found: Readiness = await workflow.execute_activity(
                "look_at_usage", order, start_to_close_timeout=_STEP, retry_policy=PATIENT, result_type=Readiness
            )
            if not found.missing_days or order.at >= latest:
                return replace(order, shards=found.shards)
            wake = await self.sleep_until(order.at + LOOK_AGAIN)
            order = replace(order, at=max(order.at, wake.at))

    async def _pages(self, activity: str, order: RunOrder) -> None:
        while True:
            done: PageDone = await workflow.execute_activity(
                activity, order, start_to_close_timeout=_STEP, retry_policy=PATIENT, result_type=PageDone
            )
            if done.after is None:
                return
            order = replace(order, after=done.after)

    async def _step(self, activity: str, order: RunOrder) -> None:
        await workflow.execute_activity(activity, order, start_to_close_timeout=_STEP, retry_policy=PATIENT)
