"""A billing run: waits until the period's usage is complete, bills page by page, then mails (CB-48 to CB-62)."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, Begin, Wakeable
    from invoicing.workflows.billing_run.orders import PageDone, RunOrder

LOOK_AGAIN = timedelta(minutes=15)
GIVE_UP = timedelta(days=3)
_STEP = timedelta(minutes=2)


@workflow.defn(name="BillingRun")
class BillingRun(Wakeable):
    """One per run; the invoices are made by activities, one transaction a customer."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        wake = await self.sleep_until(None)
        order = RunOrder(begin.organization_id, begin.args["run_id"], wake.at)
        order.at = await self._complete_usage(order)
        await self._pages("bill_page", order)
        await self._pages("deliver_page", order)
        await self._step("finish_run", order)
        while not await self.finished():
            await self.sleep_until(None)

    async def _complete_usage(self, order: RunOrder) -> datetime:
        """The instant at which the usage of the period is here; after three days the run goes on without it."""
        latest = order.at + GIVE_UP
        while await self._missing(order) and order.at < latest:
            wake = await self.sleep_until(order.at + LOOK_AGAIN)
            order.at = max(order.at, wake.at)
        return order.at

    async def _missing(self, order: RunOrder) -> int:
        missing: int = await workflow.execute_activity(
            "missing_usage", order, start_to_close_timeout=_STEP, retry_policy=PATIENT, result_type=int
        )
        return missing

    async def _pages(self, activity: str, order: RunOrder) -> None:
        order.after = None
        while True:
            done: PageDone = await workflow.execute_activity(
                activity, order, start_to_close_timeout=_STEP, retry_policy=PATIENT, result_type=PageDone
            )
            if done.after is None:
                return
            order.after = done.after

    async def _step(self, activity: str, order: RunOrder) -> None:
        await workflow.execute_activity(activity, order, start_to_close_timeout=_STEP, retry_policy=PATIENT)
