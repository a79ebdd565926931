"""Our copies of invoices and customers, filled by events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import NotFound
from common.money import Money
from payments.store.tables import customers, invoices


@dataclass(frozen=True, slots=True)
class OwedInvoice:
    """An issued invoice as far as collection is concerned; `amount_due` as at issue, after credit."""

    id: UUID
    customer_id: UUID
    number: str
    amount_due: Money
    is_owed: bool


async def keep(tx: Tx, organization_id: UUID, invoice_id: UUID, **values: Any) -> None:
    statement = insert(invoices).values(organization_id=organization_id, invoice_id=invoice_id, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id", "invoice_id"], set_=values))


async def set_owed(tx: Tx, invoice_id: UUID, *, is_owed: bool) -> None:
    await tx.execute(update(invoices).where(invoices.c.invoice_id == invoice_id).values(is_owed=is_owed))


async def find(tx: Tx, invoice_id: UUID, *, for_change: bool = False) -> OwedInvoice | None:
    query = select(invoices).where(invoices.c.invoice_id == invoice_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        return None
    return OwedInvoice(row.invoice_id, row.customer_id, row.number, Money(row.amount_due, row.currency), row.is_owed)


async def keep_customer(tx: Tx, organization_id: UUID, customer_id: UUID, name: str, version: int) -> None:
    """The newer version stays."""
    statement = insert(customers).values(
        organization_id=organization_id, customer_id=customer_id, name=name, version=version
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "customer_id"],
            set_={"name": name, "version": version},
            where=customers.c.version < version,
        )
    )


async def customer_name(tx: Tx, customer_id: UUID) -> str:
    """The customer's name; one that is not known here, or is another's, looks like none."""
    found = (await tx.execute(select(customers.c.name).where(customers.c.customer_id == customer_id))).scalar()
    if found is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return str(found)
