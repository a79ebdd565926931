"""Sites, and the copies of customers and channels that other services own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from common.money import decimal_of, exact_text
from contracts.domain.sites import Site
from contracts.store.tables import channels, customers, sites


def site_of(row: Any) -> Site:
    """The site behind its row."""
    rate = decimal_of(row.energy_rate) if row.energy_rate is not None else None
    capacity_kw = Fraction(row.capacity_kw)
    return Site(str(row.site_id), row.name, row.timezone, capacity_kw, row.region, row.city, rate, country=row.country)


def _values(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "timezone": site.timezone,
        "capacity_kw": exact_text(site.capacity_kw),
        "region": site.region,
        "city": site.city,
        "country": site.country,
        "energy_rate": f"{site.energy_rate:f}" if site.energy_rate is not None else None,
    }


async def add_site(tx: Tx, organization_id: UUID, site: Site, code: str) -> None:
    key = {"organization_id": organization_id, "site_id": UUID(site.site_id), "code": code, "version": 1}
    await tx.execute(insert(sites).values(**key, **_values(site)))


async def site_row(tx: Tx, site_id: UUID) -> Any:
    """The row of a site, with code and version beside its particulars."""
    row = (await tx.execute(select(sites).where(sites.c.site_id == site_id))).first()
    if row is None:
        raise NotFound(f"There is no site {site_id}.", field="site_id", remedy="a site of this organization")
    return row


async def save_site(tx: Tx, site: Site, version: int) -> None:
    done = await tx.execute(
        update(sites)
        .where(sites.c.site_id == UUID(site.site_id), sites.c.version == version)
        .values(**_values(site), version=version + 1)
    )
    if done.rowcount != 1:
        raise Stale("The site was changed meanwhile.", remedy="read it again and repeat the change")


_S = sites.c
SITES = Listing(
    key=[_S.site_id],
    sorts={
        "added": _S.site_id,
        "name": func.lower(_S.name),
        "code": _S.code,
        "city": func.lower(_S.city),
        "country": _S.country,
    },
    filters={
        **{name: _S[name].__eq__ for name in ("code", "region", "country", "timezone")},
        "q": lambda text: or_(*(_S[name].icontains(text, autoescape=True) for name in ("name", "code", "city"))),
    },
    usual="added",
)


async def site_page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """Those that are wanted, in the order asked for."""
    return await page.read(tx, select(sites), wanted)


async def keep_customer(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = upsert(customers).values(organization_id=organization_id, **row)
    changed = {k: statement.excluded[k] for k in ("name", "currency", "contact_email", "is_active", "version")}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "customer_id"],
            set_=changed,
            where=customers.c.version < statement.excluded.version,
        )
    )


async def customer(tx: Tx, customer_id: UUID) -> Any:
    row = (await tx.execute(select(customers).where(customers.c.customer_id == customer_id))).first()
    if row is None:
        raise NotFound(
            f"There is no customer {customer_id}.", field="customer_id", remedy="a customer of this organization"
        )
    return row


async def keep_channel(tx: Tx, organization_id: UUID, channel_id: UUID, unit_id: UUID, outlet: str) -> None:
    row = {"organization_id": organization_id, "channel_id": channel_id, "unit_id": unit_id, "outlet": outlet}
    await tx.execute(upsert(channels).values(row).on_conflict_do_nothing())


async def forget_channel(tx: Tx, channel_id: UUID) -> None:
    """A register's life on its outlet has ended: it feeds the unit no more."""
    await tx.execute(delete(channels).where(channels.c.channel_id == channel_id))


async def fed_units(tx: Tx, unit_ids: Sequence[UUID]) -> frozenset[str]:
    """Those of the units that an outlet feeds."""
    query = select(channels.c.unit_id).where(channels.c.unit_id.in_(unit_ids)).distinct()
    return frozenset(str(u) for u in (await tx.execute(query)).scalars())
