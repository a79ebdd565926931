"""Announcements, whom they reach, and who has read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Filters, Listing, Page
from customers.domain.announcement import Announcement, Audience, Reach, State
from customers.store.tables import assignments, contracts, customers, group_customers, invoices, units
from customers.store.talk_tables import announcements, receipts

_FIELDS = ("title", "text", "in_portal", "by_mail", "publish_at", "sent_at", "version")
_RECEIVED = select(announcements, receipts.c.customer_id, receipts.c.read_at).join(
    receipts,
    and_(
        receipts.c.organization_id == announcements.c.organization_id,
        receipts.c.announcement_id == announcements.c.announcement_id,
    ),
)
_A = announcements.c
_SORTS: dict[str, ColumnElement[Any]] = {
    "added": _A.announcement_id,
    "title": func.lower(_A.title),
    "sent_at": _A.sent_at,
}
_FILTERS: Filters = {
    "q": lambda text: or_(_A.title.icontains(text, autoescape=True), _A.text.icontains(text, autoescape=True)),
    "sent_from_at": _A.sent_at.__ge__,
    "sent_to_at": _A.sent_at.__lt__,
}
LISTING = Listing(
    key=[_A.announcement_id],
    sorts=_SORTS | {"publish_at": _A.publish_at},
    filters={**_FILTERS, "state": _A.state.in_, "reach": _A.reach.in_},
    usual="-added",
)
RECEIVED = Listing(
    key=[_A.announcement_id],
    sorts=_SORTS | {"read_at": receipts.c.read_at},
    filters={
        **_FILTERS,
        "is_read": lambda yes: receipts.c.read_at.is_not(None) if yes else receipts.c.read_at.is_(None),
    },
    usual="-added",
)


def of_row(row: Any) -> Announcement:
    audience = Audience(Reach(row.reach), tuple(row.reach_values))
    fields = {name: getattr(row, name) for name in _FIELDS}
    return Announcement(id=row.announcement_id, audience=audience, state=State(row.state), **fields)


def _values(announcement: Announcement) -> dict[str, Any]:
    audience = announcement.audience
    reach = {"reach": audience.reach.value, "reach_values": list(audience.values), "state": announcement.state.value}
    return {name: getattr(announcement, name) for name in _FIELDS} | reach


async def add(tx: Tx, organization_id: UUID, announcement: Announcement) -> None:
    ids = {"organization_id": organization_id, "announcement_id": announcement.id}
    await tx.execute(insert(announcements).values(**ids, **_values(announcement)))


async def get(tx: Tx, announcement_id: UUID, *, for_change: bool = False) -> Announcement:
    query = select(announcements).where(announcements.c.announcement_id == announcement_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(
            f"There is no announcement {announcement_id}.", field="announcement_id", remedy="an id of one that is there"
        )
    return of_row(row)


async def save(tx: Tx, announcement: Announcement) -> None:
    a = announcements.c
    unchanged = a.announcement_id == announcement.id, a.version == announcement.version - 1
    if (await tx.execute(update(announcements).where(*unchanged).values(**_values(announcement)))).rowcount != 1:
        raise Stale("The announcement was changed meanwhile.", remedy="read it again and repeat the change")


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Announcement]:
    """The host's list."""
    return [of_row(row) for row in await page.read(tx, select(announcements), wanted)]


async def received(tx: Tx, customer_id: UUID, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """What a customer sees in the portal, with when it was read."""
    mine = receipts.c.customer_id == customer_id, announcements.c.in_portal
    return await page.read(tx, _RECEIVED.where(*mine), wanted)


async def reached(tx: Tx, audience: Audience) -> Sequence[Any]:
    """The active customers of an audience as it is now: id, name and contact address, each once."""
    c = customers.c
    query = select(c.customer_id, c.name, c.contact_email).where(c.is_active).order_by(c.customer_id)
    if audience.reach is not Reach.ALL:
        query = query.where(c.customer_id.in_(_in_audience(audience)))
    return (await tx.execute(query)).all()


def _in_audience(audience: Audience) -> Select[Any]:
    k, ids = contracts.c, [UUID(v) for v in audience.values if audience.reach is not Reach.CONTRACT_TYPES]
    match audience.reach:
        case Reach.GROUPS:
            return select(group_customers.c.customer_id).where(group_customers.c.group_id.in_(ids))
        case Reach.CONTRACT_TYPES:
            return select(k.customer_id).where(~k.is_ended, k.type.in_(audience.values))
        case Reach.OVERDUE:
            return select(invoices.c.customer_id).where(invoices.c.state == "overdue")
        case Reach.SITES:
            return _at_sites(ids)
        case _:
            return select(customers.c.customer_id).where(customers.c.customer_id.in_(ids))


def _at_sites(ids: list[UUID]) -> Select[Any]:
    """Who has units there now, or an O&M contract over the site."""
    a, k = assignments.c, contracts.c
    housed = units.c.unit_id == a.unit_id, units.c.site_id.in_(ids), a.customer_id.is_not(None), a.to_at.is_(None)
    run_for = or_(*(k.site_ids.contains([str(one)]) for one in ids))
    here = select(a.customer_id).where(*housed).union(select(k.customer_id).where(~k.is_ended, run_for)).subquery()
    return select(here.c.customer_id)


async def address_to(tx: Tx, organization_id: UUID, announcement_id: UUID, customer_ids: Sequence[UUID]) -> None:
    ids = {"organization_id": organization_id, "announcement_id": announcement_id}
    if customer_ids:
        await tx.execute(insert(receipts), [ids | {"customer_id": c} for c in customer_ids])


async def note_read(tx: Tx, announcement_id: UUID, customer_id: UUID, by: str, at: datetime) -> None:
    """The first time counts; one that was not for this customer looks like none."""
    r = receipts.c
    mine = r.announcement_id == announcement_id, r.customer_id == customer_id
    if (await tx.execute(select(r.customer_id).where(*mine))).first() is None:
        raise NotFound(
            f"There is no announcement {announcement_id}.", field="announcement_id", remedy="an id of one that is there"
        )
    await tx.execute(update(receipts).where(*mine, r.read_at.is_(None)).values(read_at=at, read_by=by))


async def receipts_of(tx: Tx, announcement_id: UUID) -> Sequence[Any]:
    query = select(receipts).where(receipts.c.announcement_id == announcement_id).order_by(receipts.c.customer_id)
    return (await tx.execute(query)).all()
