"""Charges by quantity and recorded pool income."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from invoicing.domain.charges import Charge
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


async def add_pool_record(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    await tx.execute(insert(pool_records).values(organization_id=organization_id, **row))


async def pool_records_of(tx: Tx, contract_id: UUID, from_at: datetime, to_at: datetime) -> Sequence[Any]:
    """Records that end within (from_at, to_at] (rule 5: a record belongs to the period in which it ends)."""
    p = pool_records.c
    query = select(pool_records).where(p.contract_id == contract_id, p.to_at > from_at, p.to_at <= to_at)
    return (await tx.execute(query.order_by(p.to_at, p.record_id))).all()
