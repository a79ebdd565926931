"""Alerts on their way to people: kept until a mail tells them; one appointment for each recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.http import Stale
from customers.domain.alert_mail import News, Pace
from customers.store.alert_tables import alert_mail_settings, alert_news, alert_rounds
from customers.store.tables import sites, units


@dataclass(frozen=True, slots=True)
class AlertMailSettings:
    """The host's pace of mails, and where its own staff reads of all alerts (None: in the lists alone)."""

    pace: Pace
    staff_email: str | None
    version: int


async def settings(tx: Tx) -> AlertMailSettings:
    """The host's own, or the product's (version 0)."""
    row = (await tx.execute(select(alert_mail_settings))).first()
    if row is None:
        return AlertMailSettings(Pace(), None, 0)
    return AlertMailSettings(Pace(row.gather_minutes, row.window_minutes), row.staff_email, row.version)


async def save_settings(tx: Tx, organization_id: UUID, wanted: AlertMailSettings) -> None:
    """Write a change made from the version before."""
    minutes = {name: getattr(wanted.pace, name) for name in ("gather_minutes", "window_minutes")}
    values = minutes | {"staff_email": wanted.staff_email, "version": wanted.version}
    query = upsert(alert_mail_settings).values(organization_id=organization_id, **values)
    unchanged = alert_mail_settings.c.version == wanted.version - 1
    kept = query.on_conflict_do_update(index_elements=["organization_id"], set_=values, where=unchanged)
    if (await tx.execute(kept)).rowcount != 1:
        raise Stale("The settings were changed meanwhile.", remedy="read them again and repeat the change")


async def add_begun(tx: Tx, values: dict[str, Any]) -> bool:
    """Keep that an alert began, for one recipient; false when it was known before."""
    done = await tx.execute(upsert(alert_news).values(is_over=False, **values).on_conflict_do_nothing())
    return bool(done.rowcount)


async def add_over(tx: Tx, alert_id: UUID, at: datetime) -> list[UUID]:
    """Keep that an alert is over for all who were, or will be, told that it began. Answers who has to hear of it."""
    n = alert_news.c
    names = [n.organization_id, n.recipient_id, n.alert_id, n.customer_id, n.unit_id, n.site_id]
    names += [n.kind, n.severity, n.text]
    begun = select(*names, literal(True), literal(at)).where(n.alert_id == alert_id, n.is_over.is_(False))
    query = upsert(alert_news).from_select([*names, n.is_over, n.at], begun)
    return list((await tx.execute(query.on_conflict_do_nothing().returning(n.recipient_id))).scalars())


async def round_of(tx: Tx, organization_id: UUID, recipient_id: UUID) -> Any:
    """The recipient's last and next mail, locked: two facts at once make one appointment."""
    ids = {"organization_id": organization_id, "recipient_id": recipient_id}
    customer_id = None if recipient_id == organization_id else recipient_id
    await tx.execute(upsert(alert_rounds).values(customer_id=customer_id, **ids).on_conflict_do_nothing())
    query = select(alert_rounds).where(alert_rounds.c.recipient_id == recipient_id).with_for_update()
    return (await tx.execute(query)).one()


async def appoint(tx: Tx, recipient_id: UUID, due_at: datetime) -> None:
    await tx.execute(update(alert_rounds).where(alert_rounds.c.recipient_id == recipient_id).values(due_at=due_at))


async def waiting(tx: Tx, recipient_id: UUID) -> list[News]:
    """What the recipient has not been told."""
    n = alert_news.c
    fields = (n.alert_id, n.is_over, n.kind, n.severity, n.at, n.text)
    where_it_is = sites.c.site_id == func.coalesce(n.site_id, units.c.site_id)
    joined = alert_news.outerjoin(units, units.c.unit_id == n.unit_id).outerjoin(sites, where_it_is)
    query = select(*fields, sites.c.name, units.c.name).select_from(joined)
    rows: Sequence[Any] = (
        await tx.execute(query.where(n.recipient_id == recipient_id, n.mailed_at.is_(None)).order_by(n.at, n.alert_id))
    ).all()
    return [News(*row) for row in rows]


async def note_mailed(tx: Tx, recipient_id: UUID, at: datetime) -> None:
    """All that waits was told; the next mail keeps its distance from here."""
    n, r = alert_news.c, alert_rounds.c
    told = update(alert_news).where(n.recipient_id == recipient_id, n.mailed_at.is_(None)).values(mailed_at=at)
    await tx.execute(told)
    kept = update(alert_rounds).where(r.recipient_id == recipient_id).values(last_mailed_at=at, due_at=None)
    await tx.execute(kept)
