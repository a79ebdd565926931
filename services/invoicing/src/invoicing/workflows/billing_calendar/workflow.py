"""An organization's billing calendar: marks overdue every local day, starts the run on the billing day (CB-53)."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import DUE, PATIENT, Begin, Wakeable
    from invoicing.workflows.billing_run.orders import DayOrder, NextDay

DAYS_BEFORE_A_FRESH_START = 90
_STEP = timedelta(minutes=2)


@workflow.defn(name="BillingCalendar")
class BillingCalendar(Wakeable):
    """One per organization, for as long as it exists."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        due_at, since = self.begin(begin), begin.args.get("since")
        for _ in range(DAYS_BEFORE_A_FRESH_START):
            wake = await self.sleep_until(due_at)
            began_at = datetime.fromisoformat(since) if since else None
            order = DayOrder(begin.organization_id, wake.at, began_at, wake.reason == DUE)
            following: NextDay = await workflow.execute_activity(
                "billing_day", order, start_to_close_timeout=_STEP, retry_policy=PATIENT, result_type=NextDay
            )
            due_at = following.due_at
        await self.start_afresh(begin, due_at)
