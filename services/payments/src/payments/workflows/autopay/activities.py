"""The activity of auto-pay: intent, call, outcome, each in its own transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from temporalio import activity

from common.db import Database
from payments.gateways.processor import PaymentProcessor
from payments.use_cases.begin_attempt import begin_auto_attempt
from payments.workflows.autopay.messages import Collect, Collected
from payments.workflows.carrying_out import carry_out
from payments.workflows.liveness import alive


class AutoPayActivities:
    """Repeating it is safe: an attempt that is open already is asked about instead of a new one being made."""

    def __init__(self, database: Database, processor: PaymentProcessor) -> None:
        self._database, self._processor = database, processor

    @activity.defn(name="collect_invoice")
    async def collect_invoice(self, ask: Collect) -> Collected:
        organization_id = UUID(ask.organization_id)
        async with self._database.of(organization_id) as tx:
            begun = await begin_auto_attempt(
                tx, organization_id, UUID(ask.invoice_id), is_revived=ask.is_revived, at=ask.at
            )
        if begun is None or isinstance(begun, datetime):
            return Collected(begun)
        async with alive():
            payment = await carry_out(self._database, self._processor, organization_id, begun, at=ask.at)
        return Collected(payment.next_attempt_at)
