"""A webhook: stored first, under its event id once; then compared with what we know."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.db import Tx
from common.errors import NotFound
from payments.domain.outcomes import of_minor_units
from payments.domain.payment import PaymentStatus, moved
from payments.gateways.processor import Notice
from payments.store import payments as stored
from payments.store import webhooks
from payments.use_cases import announce
from payments.use_cases.refund_payment import reverse

_ENDS_IN = {
    "payment_intent.succeeded": {PaymentStatus.SUCCEEDED, PaymentStatus.REVERSED},
    "payment_intent.payment_failed": {
        *(PaymentStatus.FAILED, PaymentStatus.SUCCEEDED, PaymentStatus.REVERSED, PaymentStatus.CANCELLED),
    },
    "payment_intent.canceled": {PaymentStatus.CANCELLED, PaymentStatus.FAILED, PaymentStatus.SUCCEEDED},
}
_WITHDRAWN, _REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"
JOB = "handle_webhook"
HANDLED = frozenset({*_ENDS_IN, _WITHDRAWN, _REINSTATED})


class Heard(StrEnum):
    """What came of it."""

    KNOWN = "known"  # we knew already
    ASK = "ask"  # the processor has to be asked what is true now
    BOOKED = "booked"
    FOREIGN = "foreign"  # about nothing of ours


async def store_webhook(tx: Tx, processor: str, notice: Notice, body: bytes) -> tuple[UUID, list[str]] | None:
    """Keeps it; answers whose it is and the events to be handled now, none for a repetition or a stranger's."""
    owner = _labelled(notice) or (await webhooks.owner_of(tx, notice.reference) if notice.reference else None)
    fresh = await webhooks.store(
        tx,
        notice.event_id,
        processor=processor,
        kind=notice.kind,
        reference=notice.reference,
        key=notice.key,
        organization_id=owner[0] if owner else None,
        payment_id=owner[1] if owner else None,
        body=body.decode(),
    )
    if not fresh or owner is None:
        return None
    adopted = await webhooks.adopt(tx, notice.reference, *owner) if notice.reference else []
    due = [(notice.event_id, notice.kind), *((row.event_id, row.kind) for row in adopted)]
    return owner[0], [event_id for event_id, kind in due if kind in HANDLED]


async def trace_behind(tx: Tx, event_id: str) -> dict[str, str]:
    """The trace in which the payment that the event is about was last attempted."""
    return await stored.trace_of(tx, (await webhooks.get(tx, event_id)).payment_id)


async def hear_webhook(tx: Tx, organization_id: UUID, event_id: str, *, at: datetime) -> tuple[Heard, UUID | None]:
    """Compares the event with the payment; a payment that is behind is asked about, never set from the event."""
    row = await webhooks.get(tx, event_id)
    try:
        payment = await stored.get(tx, row.payment_id, for_change=True)
    except NotFound:
        await webhooks.close(tx, event_id, Heard.FOREIGN)
        return Heard.FOREIGN, None
    if row.kind in _ENDS_IN:
        heard = Heard.KNOWN if payment.status in _ENDS_IN[row.kind] else Heard.ASK
    else:
        heard = await _dispute(tx, organization_id, payment, row, at)
    await webhooks.close(tx, event_id, heard)
    return heard, payment.id


async def _dispute(tx: Tx, organization_id: UUID, payment: Any, row: Any, at: datetime) -> Heard:
    """The bank took the money back, or gave it again: the signed amounts are booked."""
    case = json.loads(row.body)["data"]["object"]
    if row.kind == _WITHDRAWN and payment.status is PaymentStatus.SUCCEEDED:
        amount = of_minor_units(case["amount"], case["currency"].upper())
        taken = payment.left if payment.left < amount else amount
        await reverse(tx, organization_id, payment, taken, reason=f"dispute: {case['reason']}", at=at)
        return Heard.BOOKED
    if row.kind == _REINSTATED and payment.status is PaymentStatus.REVERSED:
        again = moved(payment, PaymentStatus.SUCCEEDED)
        await stored.save(tx, again.restored())
        await announce.succeeded(tx, organization_id, again, at)
        return Heard.BOOKED
    return Heard.KNOWN


def _labelled(notice: Notice) -> tuple[UUID, UUID] | None:
    try:
        return UUID(notice.labels["organization_id"]), UUID(notice.labels["payment_id"])
    except (KeyError, ValueError):
        return None
