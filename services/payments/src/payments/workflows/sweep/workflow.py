"""PaymentSweep: bring one payment to its true state by asking its processor, and carry out its refunds."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, Begin, Wakeable
    from payments.workflows.sweep.messages import Sweep


@workflow.defn(name="PaymentSweep")
class PaymentSweep(Wakeable):
    """One per payment at a time; every wake sweeps once more."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        while True:
            wake = await self.sleep_until(None)
            await workflow.execute_activity(
                "sweep_payment",
                Sweep(begin.organization_id, begin.args["payment_id"], wake.at),
                start_to_close_timeout=timedelta(seconds=90),
                heartbeat_timeout=timedelta(seconds=5),
                retry_policy=PATIENT,
            )
            if await self.finished():
                return
