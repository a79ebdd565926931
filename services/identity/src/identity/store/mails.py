"""Mail on its way to the server, sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, text

from common.db import Tx
from identity.store.tables import mails

CHANNEL = "identity_mails"
_CLAIM = text("""
    update mails set attempts = attempts + 1,
        next_at = cast(:now_at as timestamptz) + make_interval(secs => least(30 * power(2, attempts), 3600))
    where mail_id = :mail_id and next_at <= :now_at returning sealed
""")
_NOTIFY = text("select pg_notify(:channel, '')")


async def add(
    tx: Tx, organization_id: UUID, mail_id: UUID, sealed: bytes, *, about_id: UUID | None, now_at: datetime
) -> None:
    row = {"organization_id": organization_id, "mail_id": mail_id, "sealed": sealed, "about_id": about_id}
    await tx.execute(insert(mails).values(**row, attempts=0, next_at=now_at))
    await tx.execute(_NOTIFY, {"channel": CHANNEL})


async def due(tx: Tx, now_at: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Organization and id of each mail whose turn has come; asked as SYSTEM."""
    query = select(mails.c.organization_id, mails.c.mail_id).where(mails.c.next_at <= now_at).limit(50)
    return [(row[0], row[1]) for row in await tx.execute(query.order_by(mails.c.next_at))]


async def claim(tx: Tx, mail_id: UUID, *, now_at: datetime) -> bytes | None:
    """The sealed mail, for the one who sends it now; it comes up again, ever later, unless it is removed."""
    sealed: bytes | None = (await tx.execute(_CLAIM, {"mail_id": mail_id, "now_at": now_at})).scalar()
    return sealed


async def remove(tx: Tx, mail_id: UUID) -> UUID | None:
    """It is gone; answers what it was about."""
    about: UUID | None = (
        await tx.execute(delete(mails).where(mails.c.mail_id == mail_id).returning(mails.c.about_id))
    ).scalar()
    return about
