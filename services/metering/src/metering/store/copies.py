"""Copies of what contracts owns: sites, units and their ratings, assignments, contract terms. Newer versions win."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from metering.store.tables import contract_versions, sites, unit_ratings, units

_ASSIGN = text("""
    insert into assignments (organization_id, assignment_id, unit_id, contract_id, customer_id, from_at)
    values (:organization, :assignment_id, :unit_id, :contract_id, :customer_id, :from_at)
    on conflict (organization_id, assignment_id) do update
        set customer_id = excluded.customer_id, from_at = excluded.from_at
""")
_RELEASE = text("""
    insert into assignments (organization_id, assignment_id, unit_id, contract_id, to_at)
    values (:organization, :assignment_id, :unit_id, :contract_id, :to_at)
    on conflict (organization_id, assignment_id) do update set to_at = excluded.to_at
""")
_BEFORE = text("select to_at from assignments where assignment_id = :assignment_id")
_UNITS_ON = text("select distinct unit_id from assignments where contract_id = any(:contracts)")
_ALL = text("select distinct unit_id from assignments")
_OF_CUSTOMER = text("select distinct unit_id from assignments where customer_id = :customer order by unit_id")
_AT_SITE = text("select unit_id from units where site_id = :site order by unit_id")
_FIRST_ASSIGNED = text("select min(from_at) from assignments")
_NAMED = text("select unit_id, name from units where name = any(:names) or unit_id = any(:ids)")
_SITES = text("select site_id, code from sites where code = any(:codes) or site_id = any(:ids)")
_ASSIGNED = text("""
    select assignment_id, unit_id, contract_id, customer_id, from_at, to_at from assignments
    where from_at is not null and unit_id = any(:units) order by from_at
""")
_BILLED = text("""
    select distinct unit_id from assignments
    where from_at < :to_at and (to_at is null or to_at > :from_at)
        and (cast(:after as uuid) is null or unit_id > :after) order by unit_id limit :most
""")
_VERSIONS = text("""
    select contract_id, version, customer_id, effective_at, ended_at, terms from contract_versions
    where contract_id = any(:contracts) order by contract_id, version
""")
_IN_FORCE = text("""
    select distinct on (contract_id) contract_id, terms,
        (select min(ended_at) from contract_versions ends where ends.contract_id = v.contract_id) as ended_at
    from contract_versions v
    where jsonb_typeof(terms) = 'object' and (effective_at is null or effective_at <= :at)
    order by contract_id, version desc
""")
_RATINGS = text("""
    select unit_id, from_at, rated_w, rated_ths, efficiency_jth from unit_ratings
    where unit_id = any(:units) order by unit_id, version
""")


async def keep_site(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    await _newer(tx, sites, ["organization_id", "site_id"], {"organization_id": organization_id, **row})


async def keep_unit(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    await _newer(tx, units, ["organization_id", "unit_id"], {"organization_id": organization_id, **row})


async def _newer(tx: Tx, table: Any, key: list[str], row: dict[str, Any]) -> None:
    statement = insert(table).values(row)
    changed = {name: statement.excluded[name] for name in row if name not in key}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=key, set_=changed, where=table.c.version < statement.excluded.version
        )
    )


async def keep_rating(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> bool:
    """Add a version of a unit's rating; false when it was known."""
    statement = insert(unit_ratings).values(organization_id=organization_id, **row)
    return (await tx.execute(statement.on_conflict_do_nothing())).rowcount == 1


async def keep_contract(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> bool:
    """Add a version of a contract: new terms, or its end; false when it was known."""
    statement = insert(contract_versions).values(organization_id=organization_id, **row)
    return (await tx.execute(statement.on_conflict_do_nothing())).rowcount == 1


async def assign(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    await tx.execute(_ASSIGN, {"organization": organization_id, **row})


async def release(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> datetime | None:
    """End an assignment; answers the end that stood before."""
    before: datetime | None = (await tx.execute(_BEFORE, {"assignment_id": row["assignment_id"]})).scalar()
    await tx.execute(_RELEASE, {"organization": organization_id, **row})
    return before


async def units_on(tx: Tx, contracts: Iterable[UUID]) -> list[UUID]:
    """The units that were ever assigned to any of the contracts."""
    return list((await tx.execute(_UNITS_ON, {"contracts": list(contracts)})).scalars())


async def all_assigned(tx: Tx) -> list[UUID]:
    """Every unit that was ever assigned."""
    return list((await tx.execute(_ALL)).scalars())


async def first_assigned_at(tx: Tx) -> datetime | None:
    """Since when any unit counts for a contract."""
    found: datetime | None = (await tx.execute(_FIRST_ASSIGNED)).scalar()
    return found


async def units_of_customer(tx: Tx, customer_id: UUID) -> list[UUID]:
    """The units that were ever assigned to any of the customer's contracts, in order."""
    return list((await tx.execute(_OF_CUSTOMER, {"customer": customer_id})).scalars())


async def units_at(tx: Tx, site_id: UUID) -> list[UUID]:
    """The units that are at the site now, in order."""
    return list((await tx.execute(_AT_SITE, {"site": site_id})).scalars())


async def units_named(tx: Tx, names: Iterable[str], ids: Iterable[UUID]) -> Sequence[Any]:
    """`unit_id` and `name` of the units that exist among these; a name that several units bear comes several times."""
    return (await tx.execute(_NAMED, {"names": list(names), "ids": list(ids)})).all()


async def sites_coded(tx: Tx, codes: Iterable[str], ids: Iterable[UUID]) -> Sequence[Any]:
    """`site_id` and `code` of the sites that exist among these."""
    return (await tx.execute(_SITES, {"codes": list(codes), "ids": list(ids)})).all()


async def assignments_of(tx: Tx, wanted: Iterable[UUID]) -> Sequence[Any]:
    """Every assignment of the units, by its begin."""
    return (await tx.execute(_ASSIGNED, {"units": list(wanted)})).all()


async def billed_units(tx: Tx, from_at: datetime, to_at: datetime, *, after: UUID | None, most: int) -> list[UUID]:
    """The units assigned to any contract at some time in [from_at, to_at), in order of id, after one."""
    limits = {"from_at": from_at, "to_at": to_at, "after": after, "most": most}
    return list((await tx.execute(_BILLED, limits)).scalars())


async def versions_of(tx: Tx, contracts: Iterable[UUID]) -> Sequence[Any]:
    """All known versions of the contracts, in order."""
    return (await tx.execute(_VERSIONS, {"contracts": list(contracts)})).all()


async def terms_in_force(tx: Tx, at: datetime) -> dict[UUID, dict[str, Any]]:
    """By contract, the terms that hold at the instant; contracts that do not count then are left out."""
    found = {}
    for row in await tx.execute(_IN_FORCE, {"at": at}):
        begun_at = datetime.fromisoformat(row.terms["start_at"])
        ends = [row.ended_at, datetime.fromisoformat(row.terms["end_at"]) if row.terms["end_at"] else None]
        if begun_at <= at and all(end is None or end > at for end in ends):
            former = (one for one in row.terms.get("former", ()) if at < datetime.fromisoformat(one["until_at"]))
            found[row.contract_id] = row.terms | next(former, {})
    return found


async def ratings_of(tx: Tx, wanted: Iterable[UUID]) -> Sequence[Any]:
    """All known ratings of the units, in order of version."""
    return (await tx.execute(_RATINGS, {"units": list(wanted)})).all()
