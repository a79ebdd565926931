"""Write down what became of an attempt, and tell the others; hearing it again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.organizations import organization
from payments.domain.attempts import Attempt, AttemptStatus, contradicts, heard
from payments.domain.declines import Remedy
from payments.domain.methods import MethodStatus
from payments.domain.outcomes import Answer, Outcome
from payments.domain.payment import Payment, PaymentStatus, after_attempt
from payments.domain.retries import DEFAULT_POLICY, Failure, next_attempt_at
from payments.store import payments as stored
from payments.use_cases import announce
from payments.use_cases.remove_method import remove_method


async def record_outcome(
    tx: Tx, organization_id: UUID, key: tuple[UUID, int], outcome: Outcome, *, at: datetime
) -> Payment:
    """`key` is payment and attempt. Answers the payment as it stands then; `at` is business time."""
    payment = await stored.get(tx, key[0], for_change=True)
    attempt = next(a for a in await stored.attempts_of(tx, payment.id) if a.number == key[1])
    after = heard(attempt, outcome)
    if contradicts(attempt, outcome):
        return await _received(tx, organization_id, payment, outcome, at)
    if after == attempt:
        return payment
    await stored.save_attempt(tx, after)
    if after.status is AttemptStatus.SUCCEEDED:
        return await _received(tx, organization_id, payment, outcome, at)
    if attempt.number < payment.attempts or payment.status is PaymentStatus.SUCCEEDED:
        return payment
    if after.status is AttemptStatus.FAILED:
        return await _failed(tx, organization_id, payment, after, outcome, at)
    moved = after_attempt(payment, after.status)
    if outcome.answer is Answer.PROCESSING:
        moved = replace(moved, reference=outcome.reference or payment.reference)
    await stored.save(tx, moved)
    return moved


async def _received(tx: Tx, organization_id: UUID, payment: Payment, outcome: Outcome, at: datetime) -> Payment:
    if payment.status in (PaymentStatus.SUCCEEDED, PaymentStatus.REVERSED):
        return payment
    paid = replace(
        after_attempt(payment, AttemptStatus.SUCCEEDED),
        reference=outcome.reference or payment.reference,
        received_at=at,
        next_attempt_at=None,
        fee=outcome.fee or payment.fee,
    )
    await stored.save(tx, paid)
    await announce.succeeded(tx, organization_id, paid, at)
    return paid


async def _failed(
    tx: Tx, organization_id: UUID, payment: Payment, attempt: Attempt, outcome: Outcome, at: datetime
) -> Payment:
    first = payment.first_failed_at or at
    zone = (await organization(tx, organization_id)).timezone
    tries = await stored.tries_of_invoice(tx, payment.invoice_id) if payment.invoice_id else attempt.number
    planned = next_attempt_at(DEFAULT_POLICY, Failure(tries, first, at, outcome.remedy), zone)
    failed = replace(
        after_attempt(payment, AttemptStatus.FAILED),
        reference=outcome.reference or payment.reference,
        first_failed_at=first,
        next_attempt_at=planned if payment.is_automatic else None,
    )
    await stored.save(tx, failed)
    if outcome.remedy is Remedy.NEW_METHOD:
        await remove_method(tx, organization_id, attempt.method_id, MethodStatus.DEAD, at=at)
    await announce.failed(tx, organization_id, failed, outcome.reason, attempt=tries, at=at)
    return failed
