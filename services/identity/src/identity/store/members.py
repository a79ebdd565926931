"""Members to rows and back. The password's hash is handed out by one query alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from common.db import Tx
from common.errors import Conflict, NotFound
from common.http import Stale
from common.listing import Listing, Page
from identity.domain.member import Member
from identity.domain.roles import Role
from identity.store.tables import api_keys, members, sessions

_FIELDS = ("person_id", "home_id", "email", "name", "role", "customer_id", "role_id", "version", "signed_in_at")


def _of_row(row: Any) -> Member:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Member(id=row.member_id, **values | {"role": Role(row.role)})


async def add(tx: Tx, organization_id: UUID, member: Member, password_hash: str | None) -> None:
    values = {name: getattr(member, name) for name in _FIELDS}
    try:
        await tx.execute(
            insert(members).values(
                organization_id=organization_id, member_id=member.id, password_hash=password_hash, **values
            )
        )
    except IntegrityError as error:
        raise Conflict(
            f"{member.email} is a member already.", field="email", remedy="remove that membership first"
        ) from error


async def get(tx: Tx, member_id: UUID) -> Member:
    row = (await tx.execute(select(members).where(members.c.member_id == member_id))).first()
    if row is None:
        raise NotFound(f"There is no member {member_id}.", field="member_id")
    return _of_row(row)


async def of_person(tx: Tx, person_id: UUID) -> Member | None:
    """The person's place in the organization the transaction stands in."""
    row = (await tx.execute(select(members).where(members.c.person_id == person_id))).first()
    return _of_row(row) if row else None


async def of_email(tx: Tx, email: str) -> Member | None:
    row = (await tx.execute(select(members).where(members.c.email == email))).first()
    return _of_row(row) if row else None


async def password_hash(tx: Tx, person_id: UUID) -> str | None:
    """The hash kept for the person in the organization the transaction stands in."""
    query = select(members.c.password_hash).where(members.c.person_id == person_id)
    found: str | None = (await tx.execute(query)).scalar()
    return found


async def set_password_hash(tx: Tx, person_id: UUID, hashed: str) -> None:
    await tx.execute(update(members).where(members.c.person_id == person_id).values(password_hash=hashed))


async def note_sign_in(tx: Tx, person_id: UUID, now_at: datetime) -> None:
    """Somebody has shown all there is to show."""
    await tx.execute(update(members).where(members.c.person_id == person_id).values(signed_in_at=now_at))


async def owner(tx: Tx) -> Member:
    """The one owner; the row stays locked, so that the ownership goes one way at a time."""
    row = (await tx.execute(select(members).where(members.c.role == Role.OWNER).with_for_update())).one_or_none()
    if row is None:  # whoever waited for the lock finds that it has another owner now
        raise Conflict("The organization has just got another owner.", remedy="read who it is")
    return _of_row(row)


async def set_role(tx: Tx, member: Member) -> None:
    """The role of a member as it is now, made from the version before."""
    at_version = (members.c.member_id == member.id, members.c.version == member.version - 1)
    values = {"role": member.role, "role_id": member.role_id, "version": member.version}
    if (await tx.execute(update(members).where(*at_version).values(values))).rowcount != 1:
        raise Stale("The member was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")


async def set_email(tx: Tx, member: Member) -> bool:
    """The address by which the person is found from now on; false when another member has it."""
    query = update(members).where(members.c.member_id == member.id)
    try:
        await tx.execute(query.values(email=member.email, version=member.version))
    except IntegrityError:
        return False
    return True


async def remove(tx: Tx, member: Member) -> None:
    """End the membership, as it was read, with everything it opened here: sessions and keys."""
    as_read = (members.c.member_id == member.id, members.c.version == member.version)
    if (await tx.execute(delete(members).where(*as_read))).rowcount != 1:
        raise Stale("The member was changed meanwhile.", field="member_id", remedy="read it again and repeat")
    await tx.execute(delete(sessions).where(sessions.c.person_id == member.person_id))
    await tx.execute(delete(api_keys).where(api_keys.c.person_id == member.person_id))


LISTING = Listing(
    key=[members.c.member_id],
    sorts={
        "added": members.c.member_id,
        "name": func.lower(members.c.name),
        "email": members.c.email,
        "role": members.c.role,
        "signed_in_at": members.c.signed_in_at,
    },
    filters={
        "customer_id": members.c.customer_id.__eq__,
        "role": members.c.role.in_,
        "role_id": members.c.role_id.__eq__,
        "is_staff": lambda yes: members.c.customer_id.is_(None) if yes else members.c.customer_id.is_not(None),
        "q": lambda text: or_(*(members.c[name].icontains(text, autoescape=True) for name in ("name", "email"))),
    },
    usual="added",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Member]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(members), wanted)]
