"""Mails of one cause on their way: an answer to a ticket, an announcement, an alert."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, Begin, Wakeable
    from customers.workflows.post.orders import Batch

LONG = timedelta(minutes=5)


@workflow.defn(name="Post")
class Post(Wakeable):
    """One per batch; it goes on until nothing of the batch is unsent, however long the mail server is away."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        batch = Batch(begin.organization_id, begin.args["batch_id"])
        while True:
            await self.sleep_until(None)
            left = 1
            while left:
                left = await workflow.execute_activity(
                    "send_mails", batch, start_to_close_timeout=LONG, retry_policy=PATIENT, result_type=int
                )
            if await self.finished():
                return
