"""Our copy of a customer's name."""

from uuid import UUID

from common.db import Tx
from payments.store import invoices


async def keep_customer(tx: Tx, organization_id: UUID, customer_id: UUID, name: str, version: int) -> None:
    await invoices.keep_customer(tx, organization_id, customer_id, name, version)
