"""Sessions: found by the hash of the cookie's value, which is all that is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from common.db import Tx
from identity.domain.sessions import Audience, Level, Session
from identity.store.credentials import digest
from identity.store.tables import sessions

_FIELDS = ("person_id", "started_at", "seen_at", "shown_at", "view_id", "address", "agent")


def _of_row(row: Any) -> Session:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Session(
        row.session_id, row.organization_id, audience=Audience(row.audience), level=Level(row.level), **values
    )


async def add(tx: Tx, session: Session, token: str) -> None:
    values = {name: getattr(session, name) for name in (*_FIELDS, "audience", "level")}
    row = {"organization_id": session.organization_id, "session_id": session.id, "token_sha256": digest(token)}
    await tx.execute(insert(sessions).values(**row, **values))


async def of_token(tx: Tx, token: str) -> Session | None:
    """The session behind a cookie's value; to be asked at the gate."""
    row = (await tx.execute(select(sessions).where(sessions.c.token_sha256 == digest(token)))).first()
    return _of_row(row) if row else None


async def touch(tx: Tx, session_id: UUID, now_at: datetime) -> None:
    await tx.execute(update(sessions).where(sessions.c.session_id == session_id).values(seen_at=now_at))


async def raised(tx: Tx, session: Session, level: Level, token: str, now_at: datetime) -> None:
    """The person showed (more of) who they are: the session goes on under a fresh token."""
    found = sessions.c.session_id == session.id
    fresh = {"level": level, "token_sha256": digest(token), "shown_at": now_at, "seen_at": now_at}
    if session.level is Level.PENDING:
        fresh["started_at"] = now_at
    await tx.execute(update(sessions).where(found).values(**fresh))


async def end(tx: Tx, session_id: UUID) -> bool:
    return (await tx.execute(delete(sessions).where(sessions.c.session_id == session_id))).rowcount == 1


async def end_of_person(tx: Tx, person_id: UUID, *, but: UUID | None = None) -> None:
    """Sign the person out everywhere (here), except where they are just now."""
    query = delete(sessions).where(sessions.c.person_id == person_id)
    await tx.execute(query.where(sessions.c.session_id != but) if but else query)


async def places_of(tx: Tx, person_id: UUID) -> Sequence[UUID]:
    """At the gate: the organizations in which the person is signed in."""
    query = select(sessions.c.organization_id).where(sessions.c.person_id == person_id).distinct()
    return list((await tx.execute(query)).scalars())


async def end_before(tx: Tx, started_at: datetime) -> None:
    """Clear away the organization's sessions that are over anyway."""
    await tx.execute(delete(sessions).where(sessions.c.started_at < started_at))


async def of_person(tx: Tx, person_id: UUID) -> Sequence[Session]:
    query = select(sessions).where(sessions.c.person_id == person_id).order_by(sessions.c.started_at)
    return [_of_row(row) for row in await tx.execute(query)]
