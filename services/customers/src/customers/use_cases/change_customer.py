"""Change a customer's particulars or toggles (CM-07, CM-08, CM-18)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.http import Stale
from common.outbox import publish
from customers.domain.customer import Customer
from customers.store import copies, customers
from customers.use_cases.announce import facts
from events.customers import CustomerChanged


async def change_customer(
    tx: Tx,
    organization_id: UUID,
    customer_id: UUID,
    changes: Mapping[str, object],
    *,
    version: int | None,
    at: datetime,
) -> Customer:
    """`version` is the one the caller read; None is for facts from other services, which do not compete."""
    before = await customers.get(tx, customer_id, for_change=True)
    if version is not None and before.version != version:
        raise Stale(
            "The customer was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change"
        )
    after = before.changed(**changes)
    if after.issuing_entity_id != before.issuing_entity_id:
        await copies.check_issuer(tx, after.issuing_entity_id)
    await customers.save(tx, after)
    await publish(tx, organization_id, CustomerChanged(**facts(after)), at=at, source="customers")
    return after
