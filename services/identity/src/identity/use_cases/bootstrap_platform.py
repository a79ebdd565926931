"""The first administrator of the platform: who may open organizations."""

from __future__ import annotations

from common.db import Tx, new_id
from identity.domain.api_keys import ApiKey, shown_part
from identity.domain.host import PLATFORM
from identity.domain.member import Member
from identity.domain.roles import Role, permissions_of
from identity.store import credentials, members


async def bootstrap_platform(tx: Tx, email: str, password_hash: str | None) -> Member:
    """Make the administrator, or find them; a password given replaces the one before."""
    member = await members.of_email(tx, email)
    if member is None:
        member = Member(new_id(), new_id(), PLATFORM, email, email.partition("@")[0], Role.PLATFORM)
        await members.add(tx, PLATFORM, member, password_hash)
    elif password_hash is not None:
        await members.set_password_hash(tx, member.person_id, password_hash)
    return member


async def give_platform_key(tx: Tx, member: Member, secret: str) -> ApiKey:
    """A key that may open organizations, and name any that its person belongs to."""
    key = ApiKey(
        new_id(), "bootstrap", shown_part(secret), permissions_of(Role.PLATFORM), member.person_id, Role.PLATFORM
    )
    await credentials.add_key(tx, PLATFORM, key, secret)
    return key
