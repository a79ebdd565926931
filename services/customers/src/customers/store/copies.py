"""What this service knows of contracts, units, invoices and credit, by their owners' events."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from customers.store.tables import assignments, contracts, credits, invoices, issuing_entities

OWED = ("issued", "overdue")


async def keep(tx: Tx, table: Table, key: str, values: dict[str, Any]) -> None:
    """Take over what is newer than what is known; facts may come twice and out of order."""
    query = upsert(table).values(**values)
    await tx.execute(
        query.on_conflict_do_update(
            index_elements=["organization_id", key], set_=values, where=table.c.version < values["version"]
        )
    )


async def put(tx: Tx, table: Table, keys: list[str], values: dict[str, Any]) -> None:
    """Take over what is said now; facts of one key come in their order."""
    changes = {name: value for name, value in values.items() if name not in keys}
    await tx.execute(upsert(table).values(**values).on_conflict_do_update(index_elements=keys, set_=changes))


async def check_issuer(tx: Tx, entity_id: UUID | None) -> None:
    """Refuses an issuing entity that the organization does not have."""
    known = exists().where(issuing_entities.c.entity_id == entity_id)
    if entity_id is not None and not (await tx.execute(select(known))).scalar():
        raise NotFound(
            f"There is no issuing entity {entity_id}.",
            field="issuing_entity_id",
            remedy="one of this organization's, or blank for its default one",
        )


async def end_contract(tx: Tx, contract_id: UUID, version: int) -> None:
    changes = {"is_ended": True, "version": version}
    newer = contracts.c.contract_id == contract_id, contracts.c.version < version
    await tx.execute(update(contracts).where(*newer).values(**changes))


async def owner_of_unit(tx: Tx, unit_id: UUID, at: datetime) -> UUID | None:
    """The customer for whom a unit counts at an instant."""
    a = assignments.c
    held = a.unit_id == unit_id, a.from_at <= at, or_(a.to_at.is_(None), a.to_at > at), a.customer_id.is_not(None)
    query = select(a.customer_id).where(*held).order_by(a.from_at.desc()).limit(1)
    found: UUID | None = (await tx.execute(query)).scalar()
    return found


async def owner_of(tx: Tx, table: Table, key: str, value: UUID) -> UUID | None:
    """The customer of a contract, an invoice or an assignment."""
    found: UUID | None = (await tx.execute(select(table.c.customer_id).where(table.c[key] == value))).scalar()
    return found


async def has_held_unit(tx: Tx, customer_id: UUID, unit_id: UUID) -> bool:
    """Whether the unit was ever this customer's."""
    a = assignments.c
    found = exists().where(a.customer_id == customer_id, a.unit_id == unit_id)
    return bool((await tx.execute(select(found))).scalar())


async def book_of(tx: Tx, customer_id: UUID) -> dict[str, int]:
    """How many contracts, invoices and credit balances stand on an account: what a merge must not tear apart."""
    c, i, b = contracts.c, invoices.c, credits.c
    counts = {
        "contracts": select(func.count()).where(c.customer_id == customer_id),
        "invoices": select(func.count()).where(i.customer_id == customer_id),
        "credits": select(func.count()).where(b.customer_id == customer_id, b.balance != Decimal(0)),
    }
    return {name: int((await tx.execute(query)).scalar_one()) for name, query in counts.items()}


async def contract_types(tx: Tx, customer_id: UUID) -> set[str]:
    """The types of the contracts that stand for a customer."""
    query = select(contracts.c.type).where(contracts.c.customer_id == customer_id, ~contracts.c.is_ended).distinct()
    return set((await tx.execute(query)).scalars())


async def cards(tx: Tx, customer_id: UUID, at: datetime) -> dict[str, int | None]:
    """The figures of the overview: assigned sites are counted only where an O&M contract stands (CM-19, CM-20)."""
    c, a, i = contracts.c, assignments.c, invoices.c
    active = (await tx.execute(select(c.type, c.site_ids).where(c.customer_id == customer_id, ~c.is_ended))).all()
    held = a.customer_id == customer_id, a.from_at <= at, or_(a.to_at.is_(None), a.to_at > at)
    mine = select(i.state, func.count()).where(i.customer_id == customer_id).group_by(i.state)
    by_state = {state: int(count) for state, count in await tx.execute(mine)}
    sites = {site for type_, site_ids in active if type_ == "om" for site in site_ids}
    return {
        "active_contracts": len(active),
        "assigned_units": int((await tx.execute(select(func.count()).where(*held))).scalar_one()),
        "assigned_sites": len(sites) if any(type_ == "om" for type_, _ in active) else None,
        "open_invoices": sum(by_state.get(state, 0) for state in OWED),
        "overdue_invoices": by_state.get("overdue", 0),
    }
