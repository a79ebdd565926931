"""What to do next about an issued invoice whose customer pays automatically (CB-82, CB-83)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from common.money import Money
from payments.domain.payment import Payment, PaymentStatus

SMALLEST_CHARGE = Decimal("0.50")


class Move(StrEnum):
    """The next step of auto-pay."""

    CHARGE = "charge"
    RESOLVE = "resolve"  # an attempt is under way or unknown: find out first
    WAIT = "wait"  # until the payment's next attempt
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Situation:
    """The invoice and its newest payment. `is_revived`: the customer saved another method since the last failure."""

    is_owed: bool
    remaining: Money
    has_method: bool
    payment: Payment | None
    is_revived: bool = False


def next_move(situation: Situation, at: datetime) -> Move:
    """An open attempt comes first: whatever else happened, its outcome has to be known (architecture 4.6)."""
    payment = situation.payment
    if payment is not None and payment.is_open:
        return Move.RESOLVE
    if not situation.is_owed or situation.remaining.amount < SMALLEST_CHARGE or not situation.has_method:
        return Move.STOP
    if payment is None or payment.status is not PaymentStatus.FAILED or situation.is_revived:
        return Move.CHARGE
    if payment.next_attempt_at is None:
        return Move.STOP
    return Move.WAIT if at < payment.next_attempt_at else Move.CHARGE
