"""The state of machines and their assignments, as other services tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.listing import Listing, Page
from revenueguard.store.tables import assignments, unit_sites, unit_states


async def keep_state(tx: Tx, organization_id: UUID, unit_id: UUID, state: str, since_at: datetime) -> None:
    statement = insert(unit_states).values(
        organization_id=organization_id, unit_id=unit_id, state=state, since_at=since_at
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "unit_id"],
            set_={"state": state, "since_at": since_at},
            where=unit_states.c.since_at <= since_at,
        )
    )


async def keep_site(tx: Tx, organization_id: UUID, unit_id: UUID, version: int, site_id: UUID) -> None:
    """Where the unit is, if that is newer than what is known."""
    statement = insert(unit_sites).values(
        organization_id=organization_id, unit_id=unit_id, version=version, site_id=site_id
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "unit_id"],
            set_={"version": version, "site_id": site_id},
            where=unit_sites.c.version < version,
        )
    )


async def keep_assignment(tx: Tx, organization_id: UUID, assignment_id: UUID, unit_id: UUID, **edge: datetime) -> None:
    statement = insert(assignments).values(
        organization_id=organization_id, assignment_id=assignment_id, unit_id=unit_id, **edge
    )
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id", "assignment_id"], set_=edge))


async def is_contracted(tx: Tx, unit_id: UUID, at: datetime) -> bool:
    row = assignments.c
    query = select(row.assignment_id).where(
        row.unit_id == unit_id, row.from_at <= at, or_(row.to_at.is_(None), row.to_at > at)
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def state_of(tx: Tx, unit_id: UUID) -> Any:
    return (await tx.execute(select(unit_states).where(unit_states.c.unit_id == unit_id))).first()


async def flag(tx: Tx, unit_id: UUID, is_flagged: bool) -> None:
    await tx.execute(update(unit_states).where(unit_states.c.unit_id == unit_id).values(is_flagged=is_flagged))


LISTING = Listing(
    key=[unit_states.c.unit_id],
    sorts={"unit_id": unit_states.c.unit_id, "since_at": unit_states.c.since_at},
    filters={
        "unit_id": unit_states.c.unit_id.__eq__,
        "site_id": unit_sites.c.site_id.__eq__,
        "since_from_at": unit_states.c.since_at.__ge__,
        "since_to_at": unit_states.c.since_at.__lt__,
    },
    usual="unit_id",
)


async def flagged(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """Those that are wanted of the machines that earn without a contract, with the site where each is."""
    same = [unit_sites.c[name] == unit_states.c[name] for name in ("organization_id", "unit_id")]
    found = select(unit_states.c.unit_id, unit_states.c.since_at, unit_sites.c.site_id)
    found = found.select_from(unit_states.outerjoin(unit_sites, and_(*same)))
    return await page.read(tx, found.where(unit_states.c.is_flagged), wanted)
