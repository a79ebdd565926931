"""Who calls, by session or API key, and in which organization: what the gateway asks before every request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import NotFound
from identity.domain.api_keys import ApiKey
from identity.domain.host import PLATFORM
from identity.domain.roles import PLATFORM_PERMISSIONS, permissions_of
from identity.domain.sessions import SEEN_EVERY
from identity.store import credentials, customers, members
from identity.store.tenancy import enter, organization_of


async def by_key(tx: Tx, secret: str, named: str | None, *, now_at: datetime) -> Principal | None:
    """The caller behind an API key; None when the key is unknown, expired, or its person has left."""
    found = await credentials.key_of(tx, secret)
    if found is None:
        return None
    home_id, key = found
    if key.expires_on is not None and key.expires_on <= now_at.date():
        return None
    principal = await _in_organization(tx, home_id, key.person_id, named)
    if principal is None:
        return None
    await _note_use(tx, home_id, key, now_at)
    return Principal(
        f"key:{key.id}",
        principal.organization_id,
        principal.permissions & key.permissions,
        principal.customer_id,
    )


async def by_session(tx: Tx, token: str, named: str | None, *, now_at: datetime) -> Principal | None:
    """The caller behind a cookie; None when the session is unknown or over, or its person has left."""
    session = await credentials.session_of(tx, token)
    if session is None or session.is_over(now_at):
        return None
    principal = await _in_organization(tx, session.organization_id, session.person_id, named)
    if now_at - session.seen_at >= SEEN_EVERY:
        await enter(tx, session.organization_id)
        await credentials.touch_session(tx, session.id, now_at)
    return principal


async def _in_organization(tx: Tx, home_id: UUID, person_id: UUID, named: str | None) -> Principal | None:
    """What the person may do in the organization that was named, by default the one signed in to.

    Only the platform's people may name another one, and only where they are members; every other name is 404.
    """
    organization_id = home_id if named is None else await organization_of(tx, named)
    foreign = NotFound("There is no such organization.", field="X-Hostbook-Organization", remedy="one of your own")
    if organization_id is None or (organization_id != home_id and home_id != PLATFORM):
        raise foreign
    await enter(tx, organization_id)
    member = await members.of_person(tx, person_id)
    if member is None:
        if organization_id != home_id:
            raise foreign
        return None
    if member.customer_id is not None and not await customers.is_open(tx, member.customer_id):
        return None
    permissions = permissions_of(member.role)
    if organization_id == PLATFORM:
        permissions &= PLATFORM_PERMISSIONS
    return Principal(f"user:{person_id}", organization_id, permissions, member.customer_id)


async def _note_use(tx: Tx, home_id: UUID, key: ApiKey, now_at: datetime) -> None:
    if key.last_used_at is None or now_at - key.last_used_at >= SEEN_EVERY:
        await enter(tx, home_id)
        await credentials.touch_key(tx, key.id, now_at)
