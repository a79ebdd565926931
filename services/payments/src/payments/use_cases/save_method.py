"""Keep a method that the processor has accepted, and charge later invoices to it where the customer wants that."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from payments.domain.methods import PaymentMethod
from payments.store import methods
from payments.store import payments as stored
from payments.use_cases import announce


async def save_method(
    tx: Tx, organization_id: UUID, method: PaymentMethod, request_hash: str, *, at: datetime
) -> PaymentMethod:
    """A method of that id that is here already is answered as it is: the call was repeated."""
    known = await methods.find(tx, method.id)
    if known is not None:
        return known
    if method.is_auto_pay:
        await _no_other(tx, method)
    await methods.add(tx, organization_id, method, request_hash)
    await announce.method_saved(tx, organization_id, method, at)
    return method


async def set_auto_pay(
    tx: Tx, organization_id: UUID, method: PaymentMethod, *, is_auto_pay: bool, at: datetime
) -> PaymentMethod:
    """Switch auto-pay of the method on or off (CB-82); at most one method of a customer has it."""
    if is_auto_pay:
        await _no_other(tx, method)
    changed = method.changed(is_auto_pay=is_auto_pay)
    await methods.save(tx, changed)
    await announce.method_saved(tx, organization_id, changed, at)
    return changed


async def _no_other(tx: Tx, method: PaymentMethod) -> None:
    for other in await methods.of_customer(tx, method.customer_id, for_change=True):
        if other.is_auto_pay and other.id != method.id:
            await methods.save(tx, other.changed(is_auto_pay=False))


async def invoices_to_revive(tx: Tx, method: PaymentMethod) -> list[UUID]:
    """Invoices whose collection had ended in failure: with a new auto-pay method they are tried once more."""
    return await stored.waiting_for_method(tx, method.customer_id) if method.is_auto_pay else []
