"""The activity of the sweep: open attempt, late surprise, refunds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from temporalio import activity

from common.db import Database
from payments.domain.outcomes import Answer
from payments.domain.payment import Payment, PaymentStatus
from payments.gateways.processor import PaymentProcessor
from payments.store import payments as stored
from payments.use_cases.begin_attempt import open_attempt
from payments.use_cases.record_outcome import record_outcome
from payments.use_cases.refund_payment import orders, record_refund
from payments.workflows.autopay import client as autopay
from payments.workflows.carrying_out import OutcomeUnknown, carry_out
from payments.workflows.liveness import alive
from payments.workflows.sweep.messages import Sweep


class SweepActivities:
    """Safe to repeat: every call carries the key of a stored intent."""

    def __init__(self, database: Database, processor: PaymentProcessor) -> None:
        self._database, self._processor = database, processor

    @activity.defn(name="sweep_payment")
    async def sweep_payment(self, ask: Sweep) -> None:
        async with alive():
            await self._sweep(ask)

    async def _sweep(self, ask: Sweep) -> None:
        organization_id, payment_id = UUID(ask.organization_id), UUID(ask.payment_id)
        async with self._database.of(organization_id) as tx:
            payment = await stored.get(tx, payment_id, for_change=True)
            begun = await open_attempt(tx, organization_id, payment)
        if begun is not None:
            payment = await carry_out(self._database, self._processor, organization_id, begun, at=ask.at)
        else:
            payment = await self._looked(organization_id, payment, ask.at)
        await self._refunds(organization_id, payment, ask.at)
        if payment.is_automatic and payment.next_attempt_at and payment.invoice_id:
            async with self._database.of(organization_id) as tx:
                await autopay.start(tx, organization_id, payment.invoice_id, at=ask.at, reason="PaymentFailed")

    async def _looked(self, organization_id: UUID, payment: Payment, at: datetime) -> Payment:
        """A payment that counts as failed may have succeeded after all: the customer authenticated it by themselves."""
        if payment.status not in (PaymentStatus.FAILED, PaymentStatus.CANCELLED) or not payment.reference:
            return payment
        outcome = await self._processor.look(payment.reference)
        if outcome.answer is not Answer.SUCCEEDED:
            return payment
        async with self._database.of(organization_id) as tx:
            return await record_outcome(tx, organization_id, (payment.id, payment.attempts), outcome, at=at)

    async def _refunds(self, organization_id: UUID, payment: Payment, at: datetime) -> None:
        async with self._database.of(organization_id) as tx:
            waiting = await orders(tx, payment)
        for refund, order in waiting:
            outcome = await self._processor.refund(order)
            async with self._database.of(organization_id) as tx:
                await record_refund(tx, organization_id, refund, outcome, at=at)
            if not outcome.is_settled:
                raise OutcomeUnknown(f"{self._processor.name} answered {outcome.answer} to {order.key}")
