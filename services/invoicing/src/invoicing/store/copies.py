"""What other services own and invoicing needs: customers, contracts, units, assignments, hashprice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import NotFound
from common.money import exact_of
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import PricedSpan
from invoicing.store.tables import assignments, contracts, customers, hashprices, units
from invoicing.store.wire import terms_of


@dataclass(frozen=True, slots=True)
class Payer:
    """A customer as far as billing is concerned."""

    customer_id: UUID
    name: str
    company: str | None
    email: str
    currency: str | None
    is_active: bool
    on_billing_hold: bool
    in_default: bool

    @property
    def born_held(self) -> str | None:
        """Why new invoices of this customer are held; none, they are not (CB-60)."""
        if self.in_default:
            return "the customer is in default"
        return "the customer is on billing hold" if self.on_billing_hold else None


_PAYER = [c for c in customers.columns if c.name in Payer.__slots__]


async def keep_customer(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = insert(customers).values(organization_id=organization_id, **row)
    changed = {k: statement.excluded[k] for k in row if k != "customer_id"}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "customer_id"],
            set_=changed,
            where=customers.c.version < statement.excluded.version,
        )
    )


async def set_default(tx: Tx, customer_id: UUID, in_default: bool) -> None:
    await tx.execute(update(customers).where(customers.c.customer_id == customer_id).values(in_default=in_default))


async def payer(tx: Tx, customer_id: UUID, *, lock: bool = False) -> Payer:
    """The customer; `lock` makes every other change of the same customer's money wait for this transaction."""
    query = select(*_PAYER).where(customers.c.customer_id == customer_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return Payer(**row._mapping)


async def payers_after(tx: Tx, after: UUID | None, limit: int) -> Sequence[UUID]:
    query = select(customers.c.customer_id).order_by(customers.c.customer_id).limit(limit)
    if after is not None:
        query = query.where(customers.c.customer_id > after)
    return list((await tx.execute(query)).scalars())


async def keep_contract(tx: Tx, organization_id: UUID, contract_id: UUID, version: int, terms: dict[str, Any]) -> bool:
    """False where a newer version is kept already."""
    row = {
        "customer_id": UUID(str(terms["customer_id"])),
        "currency": terms["currency"],
        "terms": terms,
        "version": version,
    }
    statement = insert(contracts).values(organization_id=organization_id, contract_id=contract_id, **row)
    done = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "contract_id"],
            set_=row,
            where=contracts.c.version < statement.excluded.version,
        )
    )
    return done.rowcount == 1


async def terms(tx: Tx, contract_id: UUID) -> ContractTerms | None:
    row = (await tx.execute(select(contracts).where(contracts.c.contract_id == contract_id))).first()
    return terms_of(row.contract_id, row.terms) if row else None


async def terms_of_customer(tx: Tx, customer_id: UUID) -> list[ContractTerms]:
    """All contracts of a customer, in the order in which they were drafted."""
    query = select(contracts).where(contracts.c.customer_id == customer_id).order_by(contracts.c.contract_id)
    return [terms_of(row.contract_id, row.terms) for row in await tx.execute(query)]


async def keep_unit(tx: Tx, organization_id: UUID, unit_id: UUID, name: str, rated_w: str, version: int) -> None:
    row = {"name": name, "rated_w": rated_w, "version": version}
    statement = insert(units).values(organization_id=organization_id, unit_id=unit_id, **row)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "unit_id"],
            set_=row,
            where=units.c.version < statement.excluded.version,
        )
    )


async def unit_names(tx: Tx, unit_ids: Sequence[UUID]) -> dict[str, str]:
    query = select(units.c.unit_id, units.c.name).where(units.c.unit_id.in_(unit_ids))
    return {str(r.unit_id): r.name for r in await tx.execute(query)}


async def keep_assignment(tx: Tx, organization_id: UUID, assignment_id: UUID, edges: dict[str, Any]) -> None:
    statement = insert(assignments).values(organization_id=organization_id, assignment_id=assignment_id, **edges)
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id", "assignment_id"], set_=edges))


async def keep_hashprice(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = insert(hashprices).values(organization_id=organization_id, **row)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "series", "from_at"],
            set_={"to_at": row["to_at"], "price": row["price"]},
        )
    )


async def hashprice(tx: Tx, from_at: datetime, to_at: datetime) -> list[PricedSpan]:
    """The rows of the organization's series that touch a span, in order of time."""
    h = hashprices.c
    query = select(hashprices).where(h.from_at < to_at, h.to_at > from_at).order_by(h.from_at)
    return [PricedSpan(r.from_at, r.to_at, Fraction(exact_of(r.price))) for r in await tx.execute(query)]
