"""How the host keeps its tickets: what it promises, where it is told, whose word on a mail's sender it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.http import Stale
from customers.domain.ticket import Priority, Promise
from customers.store.talk_tables import ticket_settings
from customers.store.tickets import promises


@dataclass(frozen=True, slots=True)
class Desk:
    """`mail_authserv_id`: whose word on a mail's sender counts, as Authentication-Results names it; None: not asked."""

    promises: Mapping[Priority, Promise]
    support_email: str | None
    mail_authserv_id: str | None
    version: int


async def read(tx: Tx) -> Desk:
    """The host's own, or the product's (version 0)."""
    row = (await tx.execute(select(ticket_settings))).first()
    if row is None:
        return Desk(await promises(tx), None, None, 0)
    return Desk(await promises(tx), row.support_email, row.mail_authserv_id, row.version)


async def save(tx: Tx, organization_id: UUID, desk: Desk) -> None:
    """Write a change made from the version before."""
    kept = {p.value: [one.first_answer_minutes, one.resolution_minutes] for p, one in desk.promises.items()}
    own = {name: getattr(desk, name) for name in ("support_email", "mail_authserv_id", "version")}
    values = own | {"promises": kept}
    query = upsert(ticket_settings).values(organization_id=organization_id, **values)
    unchanged = ticket_settings.c.version == desk.version - 1
    done = await tx.execute(
        query.on_conflict_do_update(index_elements=["organization_id"], set_=values, where=unchanged)
    )
    if done.rowcount != 1:
        raise Stale("The settings were changed meanwhile.", remedy="read them again and repeat the change")
