"""Prepaid batches as their first invoice settled them: first day, units, and what is held for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from invoicing.domain.cycles import Invoiced
from invoicing.store.tables import prepaid_batches


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """`held` names every unit of the batch; none where its only cycle is the first."""

    first_on: date
    part: int
    held: dict[str, Decimal | None]

    @property
    def invoiced(self) -> Invoiced:
        return Invoiced(self.first_on, self.part, frozenset(self.held))


async def settle(tx: Tx, organization_id: UUID, contract_id: UUID, batch: KeptBatch) -> None:
    """Once; a first invoice that is made again after a cancellation holds what it holds then."""
    held = {unit_id: None if amount is None else f"{amount:f}" for unit_id, amount in batch.held.items()}
    statement = insert(prepaid_batches).values(
        organization_id=organization_id, contract_id=contract_id, first_on=batch.first_on, part=batch.part, held=held
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "contract_id", "first_on", "part"], set_={"held": held}
        )
    )


async def of_contract(tx: Tx, contract_id: UUID) -> list[KeptBatch]:
    """The batches of a contract whose first invoice was made."""
    query = select(prepaid_batches).where(prepaid_batches.c.contract_id == contract_id)
    return [
        KeptBatch(r.first_on, r.part, {u: None if a is None else Decimal(a) for u, a in r.held.items()})
        for r in await tx.execute(query.order_by(prepaid_batches.c.first_on, prepaid_batches.c.part))
    ]
