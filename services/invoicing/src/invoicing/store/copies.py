"""What other services own and invoicing needs: customers, contracts, units, assignments, hashprice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, cast, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import NotFound
from common.money import exact_of
from invoicing.domain.cycles import PrepaidUnit
from invoicing.domain.issuer import Issuer, Issuers
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import PricedSpan
from invoicing.store import former
from invoicing.store.tables import assignments, contracts, customers, hashprices, issuing_entities, units
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
    issuing_entity_id: UUID | None

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


async def payer(tx: Tx, customer_id: UUID) -> Payer:
    """The customer; an unknown one is refused."""
    row = (await tx.execute(select(*_PAYER).where(customers.c.customer_id == customer_id))).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return Payer(**row._mapping)


async def payers_after(tx: Tx, after: UUID | None, limit: int, shard: tuple[int, int] = (0, 1)) -> Sequence[UUID]:
    """The next customers that have a contract, in order; of a shard `(number, of how many)`."""
    c = customers.c
    has_contract = exists().where(contracts.c.customer_id == c.customer_id)
    query = select(c.customer_id).where(has_contract).order_by(c.customer_id).limit(limit)
    if after is not None:
        query = query.where(c.customer_id > after)
    if shard[1] > 1:
        query = query.where(func.abs(func.hashtext(cast(c.customer_id, Text))) % shard[1] == shard[0])
    return list((await tx.execute(query)).scalars())


async def payer_count(tx: Tx) -> int:
    return (await tx.execute(select(func.count()).select_from(customers))).scalar_one()


async def keep_contract(tx: Tx, organization_id: UUID, contract_id: UUID, version: int, terms: dict[str, Any]) -> bool:
    """False where a newer version is kept already."""
    kept = select(contracts.c.version).where(contracts.c.contract_id == contract_id).with_for_update()
    former_version = (await tx.execute(kept)).scalar()
    if former_version is not None and former_version < version:
        await former.keep_terms(tx, contract_id)
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


async def keep_unit(tx: Tx, organization_id: UUID, unit_id: UUID, row: dict[str, Any]) -> None:
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


async def prepaid_units(tx: Tx, contract_id: UUID) -> list[PrepaidUnit]:
    """The assignments of a prepaid contract, unit by unit; an assignment whose unit is not known yet waits."""
    a = assignments.c
    query = (
        select(a.unit_id, a.from_at, a.to_at, a.operational_on, units.c.rated_w)
        .join(units, units.c.unit_id == a.unit_id)
        .where(a.contract_id == contract_id, a.from_at.is_not(None))
        .order_by(a.unit_id, a.from_at)
    )
    return [
        PrepaidUnit(str(r.unit_id), exact_of(r.rated_w), r.from_at, r.to_at, r.operational_on)
        for r in await tx.execute(query)
    ]


async def assigned_in(
    tx: Tx, from_at: datetime, to_at: datetime
) -> list[tuple[str, str, list[tuple[str, datetime, datetime | None]]]]:
    """Every unit with its rated power and, in order, the contracts that it counts for within a span."""
    a = assignments.c
    within = and_(a.unit_id == units.c.unit_id, a.from_at < to_at, or_(a.to_at.is_(None), a.to_at > from_at))
    query = (
        select(units.c.unit_id, units.c.rated_w, a.contract_id, a.from_at, a.to_at)
        .outerjoin_from(units, assignments, within)
        .order_by(units.c.unit_id, a.from_at)
    )
    found: dict[str, tuple[str, str, list[tuple[str, datetime, datetime | None]]]] = {}
    for row in await tx.execute(query):
        _, _, parts = found.setdefault(str(row.unit_id), (str(row.unit_id), row.rated_w, []))
        if row.contract_id is not None:
            parts.append((str(row.contract_id), row.from_at, row.to_at))
    return list(found.values())


async def prepaid_contracts(tx: Tx) -> list[ContractTerms]:
    """The organization's contracts on the prepaid plan."""
    plan = func.jsonb_extract_path_text(contracts.c.terms, "plan")
    query = select(contracts).where(plan == "prepaid_31d").order_by(contracts.c.contract_id)
    return [terms_of(row.contract_id, row.terms) for row in await tx.execute(query)]


async def keep_issuer(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    """A version of an issuing entity, unless a newer one is known."""
    statement = insert(issuing_entities).values(organization_id=organization_id, **row)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "entity_id"],
            set_={name: statement.excluded[name] for name in row if name != "entity_id"},
            where=issuing_entities.c.version < statement.excluded.version,
        )
    )


async def issuers(tx: Tx) -> Issuers:
    """The legal persons that the organization bills as. The one that was made the default one last is."""
    rows = (await tx.execute(select(issuing_entities))).all()
    by_id = {
        str(r.entity_id): Issuer(str(r.entity_id), r.legal_name, tuple(r.address), r.country, tuple(r.tax_ids.items()))
        for r in rows
    }
    chosen = max((r for r in rows if r.default_by is not None), key=lambda r: r.default_by, default=None)
    return Issuers(by_id, str(chosen.entity_id) if chosen is not None else None)


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
