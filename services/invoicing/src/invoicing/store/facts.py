"""Market prices, events at sites and utility bills: kept as they came; a later version is another row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on

from common.db import Tx
from invoicing.domain.site_facts import PriceRow
from invoicing.store.tables import market_prices, site_events, units, utility_bills

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(:market as text), 7))")


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A curtailment or a span in which down time is excused; `unit_ids` empty: every unit (of the site, if named)."""

    event_id: UUID
    kind: str
    excused: str | None
    site_id: UUID | None
    unit_ids: tuple[str, ...]
    from_at: datetime
    to_at: datetime
    programme: str
    proceeds: str | None
    replaced_by: UUID | None


@dataclass(frozen=True, slots=True)
class KeptBill:
    """A utility's bill; `host_kwh` is what the host itself used beside the contracts."""

    bill_id: UUID
    site_id: UUID
    from_at: datetime
    to_at: datetime
    energy_kwh: str
    host_kwh: str
    replaced_by: UUID | None

    @property
    def last_at(self) -> datetime:
        """Its last instant: the bill belongs to the period that holds it."""
        return self.to_at - timedelta(microseconds=1)


async def lock_market(tx: Tx, organization_id: UUID, market: str) -> None:
    """Prices of one market are recorded one after the other."""
    await tx.execute(_LOCK, {"market": f"{organization_id}/{market}"})


async def prices(tx: Tx, market: str, from_at: datetime, to_at: datetime) -> list[PriceRow]:
    """The rows in force that touch a span, in order of time: of each, its latest version."""
    p = market_prices.c
    query = (
        select(p.from_at, p.to_at, p.per_mwh)
        .where(p.market == market, p.from_at < to_at, p.to_at > from_at)
        .ext(distinct_on(p.from_at))
        .order_by(p.from_at, p.revision.desc())
    )
    return [PriceRow(r.from_at, r.to_at, Decimal(r.per_mwh)) for r in await tx.execute(query)]


async def add_prices(tx: Tx, organization_id: UUID, market: str, rows: Sequence[PriceRow]) -> None:
    """Another version of each row."""
    p = market_prices.c
    starts = [row.from_at for row in rows]
    query = select(p.from_at, func.max(p.revision)).where(p.market == market, p.from_at.in_(starts)).group_by(p.from_at)
    latest: dict[datetime, int] = {r[0]: r[1] for r in await tx.execute(query)}
    await tx.execute(
        insert(market_prices),
        [
            {
                "organization_id": organization_id,
                "market": market,
                "from_at": row.from_at,
                "to_at": row.to_at,
                "per_mwh": f"{row.per_mwh:f}",
                "revision": latest.get(row.from_at, 0) + 1,
            }
            for row in rows
        ],
    )


async def add_event(tx: Tx, organization_id: UUID, event: KeptEvent) -> None:
    values = {name: getattr(event, name) for name in KeptEvent.__slots__} | {"unit_ids": list(event.unit_ids)}
    await tx.execute(insert(site_events).values(organization_id=organization_id, **values))


def _event(row: Any) -> KeptEvent:
    values = {name: getattr(row, name) for name in KeptEvent.__slots__}
    return KeptEvent(**(values | {"unit_ids": tuple(row.unit_ids)}))


async def events(tx: Tx, from_at: datetime, to_at: datetime, *, site_id: UUID | None = None) -> list[KeptEvent]:
    """Events in force that touch a span, in order of time."""
    e = site_events.c
    query = select(site_events).where(e.from_at < to_at, e.to_at > from_at, e.replaced_by.is_(None))
    if site_id is not None:
        query = query.where(e.site_id == site_id)
    return [_event(row) for row in await tx.execute(query.order_by(e.from_at, e.event_id))]


async def event(tx: Tx, event_id: UUID) -> KeptEvent | None:
    row = (await tx.execute(select(site_events).where(site_events.c.event_id == event_id))).first()
    return _event(row) if row else None


async def replace_event(tx: Tx, event_id: UUID, by: UUID) -> bool:
    """Put another version in an event's place; false where that was done before."""
    e = site_events.c
    done = await tx.execute(
        update(site_events).where(e.event_id == event_id, e.replaced_by.is_(None)).values(replaced_by=by)
    )
    return done.rowcount == 1


async def add_bill(tx: Tx, organization_id: UUID, bill: KeptBill) -> None:
    values = {name: getattr(bill, name) for name in KeptBill.__slots__}
    await tx.execute(insert(utility_bills).values(organization_id=organization_id, **values))


def _bill(row: Any) -> KeptBill:
    return KeptBill(**{name: getattr(row, name) for name in KeptBill.__slots__})


async def bills(tx: Tx, from_at: datetime, to_at: datetime, site_id: UUID | None = None) -> list[KeptBill]:
    """Bills in force that touch a span, in order of time."""
    b = utility_bills.c
    query = select(utility_bills).where(b.from_at < to_at, b.to_at > from_at, b.replaced_by.is_(None))
    if site_id is not None:
        query = query.where(b.site_id == site_id)
    return [_bill(row) for row in await tx.execute(query.order_by(b.from_at, b.bill_id))]


async def bill(tx: Tx, bill_id: UUID) -> KeptBill | None:
    row = (await tx.execute(select(utility_bills).where(utility_bills.c.bill_id == bill_id))).first()
    return _bill(row) if row else None


async def replace_bill(tx: Tx, bill_id: UUID, by: UUID) -> bool:
    b = utility_bills.c
    done = await tx.execute(
        update(utility_bills).where(b.bill_id == bill_id, b.replaced_by.is_(None)).values(replaced_by=by)
    )
    return done.rowcount == 1


async def bills_over(tx: Tx, unit_id: UUID, at: datetime) -> list[KeptBill]:
    """Bills of the unit's site that cover an instant."""
    b = utility_bills.c
    query = (
        select(utility_bills)
        .join(units, units.c.site_id == b.site_id)
        .where(units.c.unit_id == unit_id, b.from_at <= at, b.to_at > at, b.replaced_by.is_(None))
    )
    return [_bill(row) for row in await tx.execute(query)]


async def units_at(tx: Tx, site_id: UUID | None = None) -> list[UUID]:
    """The units of a site, or all, in the order in which they were added."""
    query = select(units.c.unit_id).order_by(units.c.unit_id)
    if site_id is not None:
        query = query.where(units.c.site_id == site_id)
    return list((await tx.execute(query)).scalars())
