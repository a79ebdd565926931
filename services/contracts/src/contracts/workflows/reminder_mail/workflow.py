"""A reminder on its way to the customer, tried until the mail server takes or refuses it."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, QUICK, Begin, Wakeable
    from contracts.workflows.reminder_mail.orders import ReminderOrder


@workflow.defn(name="ReminderMail")
class ReminderMail(Wakeable):
    """One per reminder, from its instant to its delivery."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        while True:
            wake = await self.sleep_until(None)
            order = ReminderOrder(begin.organization_id, begin.args["reminder_id"], wake.at)
            await workflow.execute_activity("mail_reminder", order, start_to_close_timeout=QUICK, retry_policy=PATIENT)
            if await self.finished():
                return
