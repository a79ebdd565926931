"""Contracts to rows and back, and the gapless number (CB-41)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from contracts.domain.contract import Contract
from contracts.store.agreements import agreement_of, document
from contracts.store.tables import assignments, contracts, numbers, reservations


@dataclass(frozen=True, slots=True)
class Kept:
    """A contract as it is kept: with the host's own reference and the version of the row."""

    contract: Contract
    reference: str | None
    version: int

    @property
    def contract_id(self) -> UUID:
        return UUID(self.contract.contract_id)

    @property
    def customer_id(self) -> UUID:
        return UUID(self.contract.customer_id)


def _of_row(row: Any) -> Kept:
    return Kept(agreement_of(row.agreement), row.reference, row.version)


async def add(tx: Tx, organization_id: UUID, kept: Kept) -> None:
    await tx.execute(
        insert(contracts).values(
            organization_id=organization_id,
            contract_id=kept.contract_id,
            customer_id=kept.customer_id,
            state=kept.contract.state.value,
            number=kept.contract.number,
            reference=kept.reference,
            agreement=document(kept.contract),
            version=kept.version,
        )
    )


async def get(tx: Tx, contract_id: UUID, *, for_change: bool = False) -> Kept:
    """The contract; another organization's looks like none. `for_change` locks it for this transaction."""
    query = select(contracts).where(contracts.c.contract_id == contract_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(
            f"There is no contract {contract_id}.", field="contract_id", remedy="a contract of this organization"
        )
    return _of_row(row)


async def last_look_at(tx: Tx, contract_id: UUID, at: datetime) -> datetime | None:
    """When the contract's term was looked at before; notes that it is now, unless that was later."""
    c = contracts.c
    before: datetime | None = (await tx.execute(select(c.looked_at).where(c.contract_id == contract_id))).scalar_one()
    if before is None or before < at:
        await tx.execute(update(contracts).where(c.contract_id == contract_id).values(looked_at=at))
    return before


async def of_ids(tx: Tx, contract_ids: Sequence[UUID]) -> dict[UUID, Kept]:
    """Those contracts, by id."""
    query = select(contracts).where(contracts.c.contract_id.in_(contract_ids))
    return {row.contract_id: _of_row(row) for row in await tx.execute(query)}


async def ids_of_customer(tx: Tx, customer_id: UUID) -> Sequence[UUID]:
    query = select(contracts.c.contract_id).where(contracts.c.customer_id == customer_id)
    return list((await tx.execute(query)).scalars())


async def save(tx: Tx, before: Kept, after: Contract) -> Kept:
    """Write a change made from `before`, which must still be the newest version."""
    done = await tx.execute(
        update(contracts)
        .where(contracts.c.contract_id == before.contract_id, contracts.c.version == before.version)
        .values(
            state=after.state.value,
            number=after.number,
            customer_id=UUID(after.customer_id),
            agreement=document(after),
            version=before.version + 1,
        )
    )
    if done.rowcount != 1:
        raise Stale("The contract was changed meanwhile.", remedy="read it again and repeat the change")
    return Kept(after, before.reference, before.version + 1)


_C, _AGREED = contracts.c, contracts.c.agreement
_START_ON, _END_ON = (_AGREED["tenure"][name].astext for name in ("start_on", "end_on"))


def _renews(yes: bool) -> ColumnElement[bool]:
    renewal: ColumnElement[Any] = _AGREED["auto_renewal"].astext
    return renewal.is_not(None) if yes else renewal.is_(None)


def _holds(unit_id: UUID) -> ColumnElement[bool]:
    found = [select(t.c.contract_id).where(t.c.unit_id == unit_id) for t in (assignments, reservations)]
    return or_(*(_C.contract_id.in_(one) for one in found))


LISTING = Listing(
    key=[_C.contract_id],
    sorts={
        "added": _C.contract_id,
        "number": _C.number,
        "reference": func.lower(_C.reference),
        "type": _AGREED["type"].astext,
        "start_on": _START_ON,
        "end_on": _END_ON,
    },
    filters={
        **{name: _C[name].__eq__ for name in ("customer_id", "number", "reference")},
        "state": _C.state.in_,
        "type": _AGREED["type"].astext.in_,
        "plan": _AGREED["plan"].astext.__eq__,
        "currency": _AGREED["currency"].astext.__eq__,
        "site_id": lambda site_id: _AGREED["site_id"].astext == str(site_id),
        "unit_id": _holds,
        "auto_renew": _renews,
        "q": lambda text: or_(*(_C[name].icontains(text, autoescape=True) for name in ("number", "reference"))),
        "starts_from_on": lambda day: day.isoformat() <= _START_ON,
        "starts_to_on": lambda day: day.isoformat() >= _START_ON,
        "ends_from_on": lambda day: day.isoformat() <= _END_ON,
        "ends_to_on": lambda day: day.isoformat() >= _END_ON,
    },
    usual="added",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Kept]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(contracts), wanted)]


async def next_number(tx: Tx, organization_id: UUID) -> str:
    """The next number of the organization. Its counter stays locked to the end of the transaction: no gap, no twin."""
    statement = upsert(numbers).values(organization_id=organization_id, last=1)
    last = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id"], set_={"last": numbers.c.last + 1}
        ).returning(numbers.c.last)
    )
    return f"C-{last.scalar_one():06d}"
