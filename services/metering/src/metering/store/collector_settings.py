"""What the collector of each site is to do: a row a site, once somebody has set anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, Table, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from common.db import Tx
from common.errors import NotFound
from metering.store.tables import metadata, pdus, sites

# Thousands of miners and their addresses are no audit's matter: that they changed is.
collector_settings = Table(
    "collector_settings",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("schedule", JSONB, nullable=False),
    Column("limits", JSONB, nullable=False),
    Column("send_temperatures", Boolean, nullable=False),
    Column("miners", JSONB, nullable=False, info={"audited": "hidden"}),
    Column("maps", JSONB, nullable=False, info={"audited": "hidden"}),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "site_id"),
    info={"audited": "people"},
)


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """Settings of one site, plain as they are sent. Version 0: nobody has set anything; the collector's file counts."""

    site_id: UUID
    schedule: Mapping[str, Any]
    limits: Mapping[str, Any]
    send_temperatures: bool
    miners: list[Any]
    maps: Mapping[str, Any]
    version: int


_C = collector_settings.c
_FIELDS = [_C[name] for name in CollectorSettings.__slots__]


async def read(tx: Tx, site_id: UUID) -> CollectorSettings | None:
    """The site's settings; None where nobody has set any."""
    row = (await tx.execute(select(*_FIELDS).where(_C.site_id == site_id))).first()
    return None if row is None else CollectorSettings(*row)


async def put(tx: Tx, organization_id: UUID, settings: CollectorSettings) -> bool:
    """Write them down, unless somebody else has written this version meanwhile."""
    values = {name: getattr(settings, name) for name in CollectorSettings.__slots__}
    statement = insert(collector_settings).values(organization_id=organization_id, **values)
    changed = {name: statement.excluded[name] for name in values if name != "site_id"}
    before = _C.version == settings.version - 1
    done = await tx.execute(
        statement.on_conflict_do_update(index_elements=["organization_id", "site_id"], set_=changed, where=before)
    )
    return bool(done.rowcount == 1)


async def site_code(tx: Tx, site_id: UUID) -> str:
    """The site's code; another organization's site looks like none."""
    found: str | None = (await tx.execute(select(sites.c.code).where(sites.c.site_id == site_id))).scalar()
    if found is None:
        raise NotFound(f"There is no site {site_id}.", field="site_id", remedy="open it first")
    return found


async def site_coded(tx: Tx, code: str) -> UUID:
    """The site of that code."""
    found: UUID | None = (await tx.execute(select(sites.c.site_id).where(sites.c.code == code))).scalar()
    if found is None:
        raise NotFound(f"There is no site {code!r}.", field="site", remedy="the code of a site of yours")
    return found


async def device_names(tx: Tx, site_id: UUID) -> dict[str, str]:
    """The site's PDUs that have a device, by name: their drivers."""
    query = select(pdus.c.name, pdus.c.device["driver"].astext)
    rows = await tx.execute(query.where(pdus.c.site_id == site_id, pdus.c.device.is_not(None)))
    return {name: driver for name, driver in rows if driver is not None}
