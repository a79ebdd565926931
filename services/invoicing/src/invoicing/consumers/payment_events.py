"""Money that came or went back."""

from common.consuming import EventRouter
from common.db import Tx
from events.envelope import Envelope
from events.payments import PaymentReversed, PaymentSucceeded
from invoicing.use_cases.apply_payment import apply_payment, reverse_payment

router = EventRouter()


@router.on(PaymentSucceeded)
async def succeeded(tx: Tx, event: PaymentSucceeded, envelope: Envelope) -> None:
    await apply_payment(tx, event, envelope)


@router.on(PaymentReversed)
async def went_back(tx: Tx, event: PaymentReversed, envelope: Envelope) -> None:
    await reverse_payment(tx, event, envelope)
