"""Nobody begins to use the services of a host while their account is switched off (CM-07)."""

from uuid import UUID

from common.db import Tx
from common.errors import Conflict
from contracts.store import places


class CustomerInactive(Conflict):
    """The customer's account is switched off."""

    code = "customer_inactive"


async def check_active_customer(tx: Tx, customer_id: UUID) -> None:
    """Refuses a contract of an inactive account; one that was merged into another is inactive too."""
    customer = await places.customer(tx, customer_id)
    if not customer.is_active:
        raise CustomerInactive(
            f"{customer.name} is inactive.", field="customer_id", remedy="activate the account first"
        )
