"""One invoice on its way to the customer, outside a run: the released ones (CB-62)."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, Begin, Wakeable
    from invoicing.workflows.billing_run.orders import DeliveryOrder


@workflow.defn(name="InvoiceDelivery")
class InvoiceDelivery(Wakeable):
    """Delivers, and delivers again when asked again."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        while True:
            wake = await self.sleep_until(None)
            order = DeliveryOrder(begin.organization_id, begin.args["invoice_id"], wake.at)
            await workflow.execute_activity(
                "deliver_invoice", order, start_to_close_timeout=timedelta(minutes=2), retry_policy=PATIENT
            )
            if await self.finished():
                return
