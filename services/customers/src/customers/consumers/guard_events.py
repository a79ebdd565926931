"""What revenueguard says of a customer, kept as flags (X14)."""

from common.consuming import EventRouter
from common.db import Tx
from customers.use_cases.change_customer import change_customer
from events.envelope import Envelope
from events.revenueguard import CustomerDefaulted, DefaultCleared, RedirectActivated, RedirectRestored

router = EventRouter()


@router.on(CustomerDefaulted)
async def defaulted(tx: Tx, event: CustomerDefaulted, envelope: Envelope) -> None:
    changes = {"in_default": True, "default_reason": event.reason}
    await change_customer(tx, envelope.organization_id, event.customer_id, changes, version=None, at=envelope.time)


@router.on(DefaultCleared)
async def cleared(tx: Tx, event: DefaultCleared, envelope: Envelope) -> None:
    changes = {"in_default": False, "default_reason": None}
    await change_customer(tx, envelope.organization_id, event.customer_id, changes, version=None, at=envelope.time)


@router.on(RedirectActivated)
async def redirected(tx: Tx, event: RedirectActivated, envelope: Envelope) -> None:
    changes = {"is_redirected": True}
    await change_customer(tx, envelope.organization_id, event.customer_id, changes, version=None, at=envelope.time)


@router.on(RedirectRestored)
async def restored(tx: Tx, event: RedirectRestored, envelope: Envelope) -> None:
    changes = {"is_redirected": False}
    await change_customer(tx, envelope.organization_id, event.customer_id, changes, version=None, at=envelope.time)
