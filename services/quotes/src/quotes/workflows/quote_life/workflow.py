"""The life of a sent quote: mailed once, then accepted, or expired at its hour (CB-100)."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import DUE, PATIENT, QUICK, Begin, Wakeable
    from quotes.workflows.quote_life.orders import Subject


@workflow.defn(name="QuoteLife")
class QuoteLife(Wakeable):
    """One per quote, from sending to its end."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        self.begin(begin)
        subject = Subject(begin.organization_id, begin.args["quote_id"])
        expires_at = datetime.fromisoformat(begin.args["expires_at"])
        await self.sleep_until(None)
        await workflow.execute_activity("mail_quote", subject, start_to_close_timeout=QUICK, retry_policy=PATIENT)
        is_open = True
        while is_open:
            wake = await self.sleep_until(expires_at)
            if wake.reason == DUE:
                await workflow.execute_activity(
                    "expire_quote", subject, start_to_close_timeout=QUICK, retry_policy=PATIENT
                )
            is_open = wake.reason not in (DUE, "QuoteAccepted") or not await self.finished()
