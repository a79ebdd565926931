"""Who waits for whom: whoever moves a customer's money or reprices their usage does so alone."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from invoicing.store import driver

_ALONE = "select pg_advisory_xact_lock(hashtextextended($1::text, 0))"
_TOGETHER = text("select pg_advisory_xact_lock_shared(hashtextextended(cast(:customer as text), 0))")


async def alone(tx: Tx, customer_id: UUID) -> None:
    """Until the end of the transaction nobody else changes the customer's money or usage.

    Needs no row of the customer: a payment may be told before the customer is.
    """
    await driver.row(tx, _ALONE, str(customer_id))


async def beside_others(tx: Tx, customer_id: UUID) -> None:
    """Evidence comes in: many at once, but none while the customer is being billed."""
    await tx.execute(_TOGETHER, {"customer": str(customer_id)})
