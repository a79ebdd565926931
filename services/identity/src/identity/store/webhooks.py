"""Webhooks to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import any_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from identity.domain.roles import Role
from identity.domain.webhook import Webhook
from identity.store.tables import members
from identity.store.webhook_tables import webhooks

_FIELDS = [c.name for c in webhooks.columns if c.name not in ("organization_id", "webhook_id")]


def _of_row(row: Any) -> Webhook:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Webhook(id=row.webhook_id, **values | {"types": tuple(row.types)})


def _values(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in _FIELDS} | {"types": list(webhook.types)}


async def add(tx: Tx, organization_id: UUID, webhook: Webhook) -> bool:
    """False where one of that id is there already."""
    query = upsert(webhooks).values(organization_id=organization_id, webhook_id=webhook.id, **_values(webhook))
    return (await tx.execute(query.on_conflict_do_nothing().returning(webhooks.c.webhook_id))).first() is not None


async def find(tx: Tx, webhook_id: UUID, *, for_change: bool = False) -> Webhook | None:
    query = select(webhooks).where(webhooks.c.webhook_id == webhook_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    return _of_row(row) if row else None


async def get(tx: Tx, webhook_id: UUID, *, for_change: bool = False) -> Webhook:
    """The webhook; another organization's, or another customer's, looks like none."""
    found = await find(tx, webhook_id, for_change=for_change)
    if found is None:
        raise NotFound(f"There is no webhook {webhook_id}.", field="webhook_id")
    return found


async def save(tx: Tx, webhook: Webhook) -> None:
    """A change made from the version before."""
    is_next = (webhooks.c.webhook_id == webhook.id, webhooks.c.version == webhook.version - 1)
    if (await tx.execute(update(webhooks).where(*is_next).values(_values(webhook)))).rowcount != 1:
        raise Stale("The webhook was changed meanwhile.", field="If-Match", remedy="read it again and repeat")


async def note(tx: Tx, webhook: Webhook) -> None:
    """How it stands after attempts; the row is locked by whoever read it for this."""
    await tx.execute(update(webhooks).where(webhooks.c.webhook_id == webhook.id).values(_values(webhook)))


async def remove(tx: Tx, webhook_id: UUID) -> None:
    """With all that was on its way to it."""
    await tx.execute(delete(webhooks).where(webhooks.c.webhook_id == webhook_id))


async def count(tx: Tx, customer_id: UUID | None) -> int:
    """How many the host has, or a customer."""
    query = select(func.count()).where(webhooks.c.customer_id.is_not_distinct_from(customer_id))
    return int((await tx.execute(query)).scalar_one())


_W = webhooks.c
LISTING = Listing(
    key=[_W.webhook_id],
    sorts={"id": _W.webhook_id, "url": _W.url, "description": func.lower(_W.description)},
    filters={
        "customer_id": _W.customer_id.__eq__,
        "is_enabled": _W.is_enabled.is_,
        "type": lambda name: literal(name) == any_(_W.types),
        "q": lambda text: or_(*(_W[name].icontains(text, autoescape=True) for name in ("url", "description"))),
    },
    usual="id",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Webhook]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(webhooks), wanted)]


async def listening(tx: Tx) -> Sequence[Webhook]:
    """All that are switched on, the host's and its customers'."""
    return [_of_row(row) for row in await tx.execute(select(webhooks).where(webhooks.c.is_enabled))]


async def addressees(tx: Tx, customer_id: UUID | None) -> Sequence[str]:
    """Who is written to about a webhook: the customer's owners, or the host's."""
    role = Role.OWNER if customer_id is None else Role.CUSTOMER_OWNER
    query = select(members.c.email).where(members.c.role == role)
    if customer_id is not None:
        query = query.where(members.c.customer_id == customer_id)
    return list((await tx.execute(query.order_by(members.c.email).limit(5))).scalars())
