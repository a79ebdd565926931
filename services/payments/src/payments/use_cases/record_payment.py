"""Money that came outside of any processor: a wire, a check, cash (CB-76, CB-81)."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from payments.domain.payment import Payment, PaymentStatus
from payments.store import payments as stored
from payments.use_cases import announce
from payments.use_cases.check_invoice import check_invoice


async def record_payment(tx: Tx, organization_id: UUID, payment: Payment, *, at: datetime) -> Payment:
    """Received already, on `payment.received_at`; more than the invoice asks becomes credit (rule 7.7)."""
    await check_invoice(tx, payment)
    assert payment.status is PaymentStatus.SUCCEEDED
    await stored.add(tx, organization_id, payment)
    await announce.succeeded(tx, organization_id, payment, at)
    return payment
