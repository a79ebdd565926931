"""Organizations to rows and back, and their short names."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.clock import wall_now
from common.db import Tx
from common.errors import Conflict, NotFound
from common.http import Stale
from identity.domain.host import PLATFORM, Host, Mode
from identity.store.tables import hosts, slugs

_FIELDS = [c.name for c in hosts.columns if c.name not in ("organization_id", "created_at")]


def _of_row(row: Any) -> Host:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Host(id=row.organization_id, **values | {"mode": Mode(row.mode), "four_eyes": tuple(row.four_eyes)})


def _values(host: Host) -> dict[str, Any]:
    return {name: getattr(host, name) for name in _FIELDS} | {"four_eyes": list(host.four_eyes)}


async def add(tx: Tx, host: Host) -> None:
    await tx.execute(insert(hosts).values(organization_id=host.id, **_values(host)))
    await claim_slug(tx, host)


async def claim_slug(tx: Tx, host: Host) -> None:
    """Take a short name for good; one that another organization has or had is refused."""
    query = upsert(slugs).values(slug=host.slug, organization_id=host.id).on_conflict_do_nothing()
    taken = (await tx.execute(query.returning(slugs.c.slug))).first() is None
    if taken and (await tx.execute(select(slugs).where(slugs.c.slug == host.slug))).first() is None:
        raise Conflict(f"The short name {host.slug} is taken.", field="slug", remedy="another one")


async def get(tx: Tx, organization_id: UUID, *, for_change: bool = False) -> Host:
    """The organization; one that the caller does not belong to looks like none."""
    query = select(hosts).where(hosts.c.organization_id == organization_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no organization {organization_id}.", field="organization_id")
    return _of_row(row)


async def names(tx: Tx, organization_id: UUID) -> tuple[str, ...]:
    """By what people call the organization; the platform has no names."""
    query = select(hosts.c.name, hosts.c.slug, hosts.c.team_name).where(hosts.c.organization_id == organization_id)
    return tuple(name for row in await tx.execute(query) for name in row if name)


async def four_eyes(tx: Tx, organization_id: UUID) -> list[str]:
    """What the organization has put under four eyes; the platform has nothing."""
    query = select(hosts.c.four_eyes).where(hosts.c.organization_id == organization_id)
    return list((await tx.execute(query)).scalar() or ())


async def save(tx: Tx, host: Host) -> None:
    """Write a change made from the version before; the clock is moved by `move_clock` alone."""
    done = await tx.execute(
        update(hosts)
        .where(hosts.c.organization_id == host.id, hosts.c.version == host.version - 1)
        .values({k: v for k, v in _values(host).items() if k not in ("clock_at", "mode")})
    )
    if done.rowcount != 1:
        raise Stale("The organization was changed meanwhile.", remedy="read it again and repeat the change")


async def move_clock(tx: Tx, host: Host, to_at: datetime) -> bool:
    """Set the clock on from where the caller saw it; false when somebody else has moved it."""
    done = await tx.execute(
        update(hosts)
        .where(hosts.c.organization_id == host.id, hosts.c.clock_at == host.clock_at)
        .values(clock_at=to_at)
    )
    return done.rowcount == 1


async def now_at(tx: Tx, organization_id: UUID) -> datetime:
    """Business time by the master clock, which stands before any copy does; the platform lives by the wall clock."""
    if organization_id == PLATFORM:
        return wall_now()
    return (await get(tx, organization_id)).clock_at or wall_now()
