"""What revenueguard says of a customer, kept as flags (X14)."""

import contextlib
from uuid import UUID

from common.consuming import EventRouter
from common.db import Tx
from customers.domain.customer import CustomerMergedAway
from customers.use_cases.change_customer import change_customer
from events.envelope import Envelope
from events.revenueguard import CustomerDefaulted, DefaultCleared, RedirectActivated, RedirectRestored

router = EventRouter()


async def _flag(tx: Tx, customer_id: UUID, changes: dict[str, object], envelope: Envelope) -> None:
    """An account that was given up has no flags any more."""
    with contextlib.suppress(CustomerMergedAway):
        await change_customer(tx, envelope.organization_id, customer_id, changes, version=None, at=envelope.time)


@router.on(CustomerDefaulted)
async def defaulted(tx: Tx, event: CustomerDefaulted, envelope: Envelope) -> None:
    await _flag(tx, event.customer_id, {"in_default": True, "default_reason": event.reason}, envelope)


@router.on(DefaultCleared)
async def cleared(tx: Tx, event: DefaultCleared, envelope: Envelope) -> None:
    await _flag(tx, event.customer_id, {"in_default": False, "default_reason": None}, envelope)


@router.on(RedirectActivated)
async def redirected(tx: Tx, event: RedirectActivated, envelope: Envelope) -> None:
    await _flag(tx, event.customer_id, {"is_redirected": True}, envelope)


@router.on(RedirectRestored)
async def restored(tx: Tx, event: RedirectRestored, envelope: Envelope) -> None:
    await _flag(tx, event.customer_id, {"is_redirected": False}, envelope)
