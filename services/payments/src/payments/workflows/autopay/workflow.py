"""AutoPay: charge an invoice when it is issued, try again by policy, stop when it is not owed (CB-83)."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, Begin, Wakeable
    from payments.workflows.autopay.messages import REVIVED, Collect, Collected


@workflow.defn(name="AutoPay")
class AutoPay(Wakeable):
    """One per invoice. Every wake asks once what to do; the answer says when to ask again."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        due_at = None
        while True:
            wake = await self.sleep_until(due_at)
            collected = await workflow.execute_activity(
                "collect_invoice",
                Collect(begin.organization_id, begin.args["invoice_id"], wake.at, wake.reason == REVIVED),
                start_to_close_timeout=timedelta(seconds=90),
                heartbeat_timeout=timedelta(seconds=5),
                retry_policy=PATIENT,
                result_type=Collected,
            )
            due_at = collected.next_attempt_at
            if due_at is None and await self.finished():
                return
