"""A method that must not be charged any more: taken away by the customer, or declared dead by its bank."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from payments.domain.methods import MethodStatus, PaymentMethod
from payments.store import methods
from payments.use_cases import announce


async def remove_method(
    tx: Tx, organization_id: UUID, method_id: UUID, status: MethodStatus, *, at: datetime
) -> PaymentMethod:
    """The method with its new status, auto-pay off; one that is out of use already stays as it is."""
    method = await methods.get(tx, method_id, for_change=True)
    if method.status is not MethodStatus.ACTIVE:
        return method
    gone = method.changed(status=status, is_auto_pay=False)
    await methods.save(tx, gone)
    await announce.method_saved(tx, organization_id, gone, at)
    return gone
