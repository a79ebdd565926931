"""Charges by quantity and recorded pool income."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from common.db import Tx
from invoicing.domain.charges import Charge
from invoicing.domain.lines import DEPOSIT_CODE
from invoicing.store.tables import charges, pool_records


async def add(tx: Tx, organization_id: UUID, customer_id: UUID, charge: Charge) -> None:
    await tx.execute(
        insert(charges).values(
            organization_id=organization_id,
            charge_id=UUID(charge.charge_id),
            customer_id=customer_id,
            contract_id=UUID(charge.contract_id),
            charged_on=charge.charged_on,
            description=charge.description,
            quantity=f"{charge.quantity:f}",
            unit_price=f"{charge.unit_price:f}",
            tax_code=charge.tax_code,
        )
    )


async def is_known(tx: Tx, charge_id: UUID) -> bool:
    query = select(charges.c.charge_id).where(charges.c.charge_id == charge_id)
    return (await tx.execute(query)).first() is not None


async def unbilled(tx: Tx, customer_id: UUID) -> list[Charge]:
    """The customer's charges that stand on no invoice, in the order in which they were added."""
    c = charges.c
    query = select(charges).where(c.customer_id == customer_id, c.invoice_id.is_(None)).order_by(c.charge_id)
    return [
        Charge(
            str(r.charge_id),
            str(r.contract_id),
            r.charged_on,
            r.description,
            Decimal(r.quantity),
            Decimal(r.unit_price),
            r.tax_code,
        )
        for r in await tx.execute(query)
    ]


async def note_billed(tx: Tx, charge_ids: Sequence[UUID], invoice_id: UUID | None) -> None:
    """On which invoice charges stand; None frees them again."""
    if charge_ids:
        await tx.execute(update(charges).where(charges.c.charge_id.in_(charge_ids)).values(invoice_id=invoice_id))


async def returned_deposits(tx: Tx, customer_id: UUID) -> list[UUID]:
    """The customer's contracts whose deposit stands as given back on an invoice."""
    c = charges.c
    is_return = (c.tax_code == DEPOSIT_CODE) & c.unit_price.startswith("-")
    query = select(c.contract_id).where(c.customer_id == customer_id, is_return, c.invoice_id.is_not(None))
    return list((await tx.execute(query)).scalars())


async def lower_return(tx: Tx, contract_id: UUID, amount: Decimal) -> None:
    """Give back that much less of a contract's deposit, where its return waits for an invoice; nothing left, none."""
    c = charges.c
    is_return = (c.tax_code == DEPOSIT_CODE) & c.unit_price.startswith("-")
    waiting = c.contract_id == contract_id, is_return, c.invoice_id.is_(None)
    row = (await tx.execute(select(c.charge_id, c.unit_price).where(*waiting).with_for_update())).first()
    if row is None:
        return
    left = Decimal(row.unit_price) + amount
    found = c.charge_id == row.charge_id
    if left < 0:
        await tx.execute(update(charges).where(found).values(unit_price=f"{left:f}"))
    else:
        await tx.execute(delete(charges).where(found))


async def add_pool_record(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    await tx.execute(insert(pool_records).values(organization_id=organization_id, **row))


async def pool_records_of(tx: Tx, contract_id: UUID, from_at: datetime, to_at: datetime) -> Sequence[Any]:
    """Records that end within (from_at, to_at] (rule 5: a record belongs to the period in which it ends)."""
    p = pool_records.c
    query = select(pool_records).where(p.contract_id == contract_id, p.to_at > from_at, p.to_at <= to_at)
    return (await tx.execute(query.order_by(p.to_at, p.record_id))).all()
