"""A customer pays now with a saved card: only the intent is written here, the charge follows by itself."""

from uuid import UUID

from common.db import Tx
from common.errors import Conflict
from payments.domain.methods import MethodUnusable
from payments.domain.payment import Payment
from payments.store import methods
from payments.store import payments as stored
from payments.use_cases.begin_attempt import plan_attempt
from payments.use_cases.check_invoice import check_invoice


class AttemptOpen(Conflict):
    """Another attempt may still bring money for the same invoice."""

    code = "attempt_open"


async def begin_payment(tx: Tx, organization_id: UUID, payment: Payment, method_id: UUID) -> Payment:
    """The payment with its first attempt planned; refused while another attempt for the invoice is open."""
    await check_invoice(tx, payment)
    method = await methods.get(tx, method_id)
    if method.customer_id != payment.customer_id:
        raise MethodUnusable("The method is another customer's.", field="method_id", remedy="one of their own")
    if payment.invoice_id and any(p.is_open for p in await stored.of_invoice(tx, payment.invoice_id)):
        raise AttemptOpen(
            "A payment of this invoice is under way.", field="invoice_id", remedy="wait until its outcome is known"
        )
    await stored.add(tx, organization_id, payment)
    return await plan_attempt(tx, organization_id, payment, method)
