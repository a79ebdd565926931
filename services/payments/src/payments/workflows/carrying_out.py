"""One attempt from call to outcome, shared by auto-pay and sweep."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from opentelemetry import trace
from prometheus_client import Counter

from common import telemetry
from common.clock import wall_now
from common.db import Database
from common.errors import Unavailable
from payments.domain.payment import Payment, PaymentStatus
from payments.gateways.processor import PaymentProcessor, ProcessorSilent
from payments.use_cases.ask_processor import ask_processor
from payments.use_cases.begin_attempt import Begun
from payments.use_cases.record_outcome import record_outcome

ATTEMPTS = Counter("hostbook_payments_attempts_total", "Attempts by what the processor answered", ["answer"])


class OutcomeUnknown(Unavailable):
    """The processor gave no answer to be trusted: ask again, and begin nothing else meanwhile."""

    code = "outcome_unknown"


async def carry_out(
    database: Database, processor: PaymentProcessor, organization_id: UUID, begun: Begun, *, at: datetime
) -> Payment:
    """Call, then record. An outcome that stays unknown is recorded as such and raised, so that it is asked again."""
    marks: dict[str, Any] = {
        "payment__id": begun.payment.id,
        "invoice__id": begun.payment.invoice_id,
        "idempotency__key": begun.order.key,
    }
    with telemetry.span("charge", **marks):
        try:
            outcome = await ask_processor(processor, begun, wall_now())
        except ProcessorSilent as silent:
            raise OutcomeUnknown(str(silent)) from silent
        trace.get_current_span().set_attribute("payment.answer", outcome.answer)
    ATTEMPTS.labels(outcome.answer).inc()
    async with database.of(organization_id) as tx:
        payment = await record_outcome(tx, organization_id, (begun.payment.id, begun.attempt.number), outcome, at=at)
    if payment.status is PaymentStatus.UNKNOWN or (payment.is_open and not outcome.is_settled):
        raise OutcomeUnknown(f"{processor.name} answered {outcome.answer} to attempt {begun.order.key}")
    return payment
