"""Whose a contract is, as contracts tells it: an order of redirect may name the one that permits it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import NotFound
from revenueguard.store.tables import contracts


async def keep(tx: Tx, organization_id: UUID, contract_id: UUID, customer_id: UUID) -> None:
    row = {"organization_id": organization_id, "contract_id": contract_id, "customer_id": customer_id}
    await tx.execute(insert(contracts).values(row).on_conflict_do_nothing())


async def known_contract(tx: Tx, contract_id: UUID, customer_id: UUID) -> None:
    """Refuses one that is not this customer's, or was never active."""
    c = contracts.c
    query = select(c.contract_id).where(c.contract_id == contract_id, c.customer_id == customer_id)
    if (await tx.execute(query)).first() is None:
        raise NotFound(
            f"This customer has no contract {contract_id}.",
            field="contract_id",
            remedy="one of theirs, or leave it out",
        )
