"""A customer's way from an overdue invoice over reminders into default, and back when paid (CB-101 to CB-105)."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, QUICK, Begin, Wakeable
    from revenueguard.domain.dunning_policy import Due, Standing, next_step
    from revenueguard.workflows.delinquency.orders import Subject, Taking


@workflow.defn(name="Delinquency")
class Delinquency(Wakeable):
    """One per customer; runs from the first overdue invoice until nothing is overdue."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        subject = Subject(begin.organization_id, begin.args["customer_id"])
        due: Due | None = None
        while True:
            wake = await self.sleep_until(due.due_at if due else None)
            standing = await self._standing(subject)
            due = _next(standing)
            while due is not None and due.due_at <= wake.at:
                await self._take(Taking(subject.organization_id, subject.customer_id, due.step, due.due_at))
                standing = await self._standing(subject)
                due = _next(standing)
            if standing.oldest_due_on is None:
                await workflow.execute_activity(
                    "clear_paid", Taking(subject.organization_id, subject.customer_id, None, wake.at),
                    start_to_close_timeout=QUICK, retry_policy=PATIENT,
                )  # fmt: skip
                if await self.finished():
                    return

    async def _standing(self, subject: Subject) -> Standing:
        standing: Standing = await workflow.execute_activity(
            "read_standing", subject, start_to_close_timeout=QUICK, retry_policy=PATIENT, result_type=Standing
        )
        return standing

    async def _take(self, taking: Taking) -> None:
        await workflow.execute_activity("take_step", taking, start_to_close_timeout=QUICK, retry_policy=PATIENT)


def _next(standing: Standing) -> Due | None:
    return next_step(standing.steps, standing.oldest_due_on, standing.steps_done, standing.timezone)
