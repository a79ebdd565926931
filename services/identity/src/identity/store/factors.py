"""Second factors and passkeys of people, in the organization that keeps their account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from identity.domain.passkey import Passkey
from identity.store.credentials import digest
from identity.store.tables import passkeys, recovery_codes, totps

_PASSKEY = ("person_id", "credential_id", "public_key", "uses", "name", "made_at")


async def set_totp(tx: Tx, organization_id: UUID, person_id: UUID, sealed: bytes, *, now_at: datetime) -> None:
    """A secret that the person has yet to show a code of; one that is in use already is left as it is."""
    row = {"organization_id": organization_id, "person_id": person_id, "sealed_secret": sealed, "made_at": now_at}
    query = upsert(totps).values(**row, last_step=0, is_confirmed=False)
    fresh = {"sealed_secret": sealed, "made_at": now_at, "last_step": 0}
    ours = ["organization_id", "person_id"]
    await tx.execute(query.on_conflict_do_update(index_elements=ours, set_=fresh, where=~totps.c.is_confirmed))


async def totp(tx: Tx, person_id: UUID) -> tuple[bytes, bool] | None:
    """The sealed secret, and whether it is in use."""
    row: Any = (await tx.execute(select(totps).where(totps.c.person_id == person_id))).first()
    return (row.sealed_secret, row.is_confirmed) if row else None


async def spend_step(tx: Tx, person_id: UUID, step: int) -> bool:
    """Note that a code of this step was shown; false when one of it, or of a later one, was shown before."""
    query = update(totps).where(totps.c.person_id == person_id, totps.c.last_step < step)
    return (await tx.execute(query.values(last_step=step, is_confirmed=True))).rowcount == 1


async def remove_totp(tx: Tx, person_id: UUID) -> None:
    await tx.execute(delete(totps).where(totps.c.person_id == person_id))
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))


async def remove_all(tx: Tx, person_id: UUID) -> bool:
    """Authenticator, begun or in use, recovery codes and passkeys; false when there was none that counted."""
    counted = bool(await kinds(tx, person_id))
    await remove_totp(tx, person_id)
    await tx.execute(delete(passkeys).where(passkeys.c.person_id == person_id))
    return counted


async def set_recovery_codes(tx: Tx, organization_id: UUID, person_id: UUID, codes: Iterable[str]) -> None:
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
    own = {"organization_id": organization_id, "person_id": person_id}
    await tx.execute(insert(recovery_codes), [own | {"code_sha256": digest(code)} for code in codes])


async def spend_recovery_code(tx: Tx, person_id: UUID, code: str) -> bool:
    whose = recovery_codes.c.person_id == person_id
    query = delete(recovery_codes).where(whose, recovery_codes.c.code_sha256 == digest(code))
    return (await tx.execute(query)).rowcount == 1


async def kinds(tx: Tx, person_id: UUID) -> list[str]:
    """Which second factors the person has in use."""
    has_totp = exists().where(totps.c.person_id == person_id, totps.c.is_confirmed)
    has_passkey = exists().where(passkeys.c.person_id == person_id)
    row: Any = (await tx.execute(select(has_totp.label("totp"), has_passkey.label("passkey")))).one()
    return [name for name in ("totp", "passkey") if getattr(row, name)]


def _of_row(row: Any) -> Passkey:
    return Passkey(id=row.passkey_id, **{name: getattr(row, name) for name in _PASSKEY})


async def add_passkey(tx: Tx, organization_id: UUID, passkey: Passkey) -> None:
    values = {name: getattr(passkey, name) for name in _PASSKEY}
    await tx.execute(insert(passkeys).values(organization_id=organization_id, passkey_id=passkey.id, **values))


async def passkey_of(tx: Tx, credential_id: bytes) -> tuple[UUID, Passkey] | None:
    """At the gate: where the passkey's person has their account, and the passkey."""
    row: Any = (await tx.execute(select(passkeys).where(passkeys.c.credential_id == credential_id))).first()
    return (row.organization_id, _of_row(row)) if row else None


async def note_use(tx: Tx, passkey: Passkey, uses: int) -> None:
    await tx.execute(update(passkeys).where(passkeys.c.passkey_id == passkey.id).values(uses=uses))


async def passkeys_of(tx: Tx, person_id: UUID) -> Sequence[Passkey]:
    query = select(passkeys).where(passkeys.c.person_id == person_id).order_by(passkeys.c.passkey_id)
    return [_of_row(row) for row in await tx.execute(query)]


async def remove_passkey(tx: Tx, person_id: UUID, passkey_id: UUID) -> None:
    query = delete(passkeys).where(passkeys.c.person_id == person_id, passkeys.c.passkey_id == passkey_id)
    if (await tx.execute(query)).rowcount != 1:
        raise NotFound(f"There is no passkey {passkey_id}.", field="passkey_id")
