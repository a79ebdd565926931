"""Make an API key bound to the caller's organization, with permissions within the caller's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from common.auth import Principal
from common.clock import wall_now
from common.db import Tx
from common.errors import Conflict, Forbidden, RuleBroken
from identity.domain.api_keys import ApiKey, shown_part
from identity.domain.roles import Role, check_grant, check_key_role, known_permissions, permissions_of
from identity.domain.texts import plain_name
from identity.store import credentials
from identity.use_cases.person_behind import person_behind


class BadKey(RuleBroken):
    """A key cannot be made so."""

    code = "bad_api_key"


@dataclass(frozen=True, slots=True)
class WantedKey:
    """`scope` is a role or a list of permissions."""

    id: UUID
    name: str
    scope: Role | Sequence[str]
    expires_on: date | None
    site_id: UUID | None = None
    rate_per_minute: int | None = None


async def create_api_key(tx: Tx, caller: Principal, wanted: WantedKey, *, secret: str) -> ApiKey:
    """A key never opens more than the person behind it may do, now or later."""
    scope, expires_on = wanted.scope, wanted.expires_on
    if expires_on is not None and expires_on <= wall_now().date():
        raise BadKey(f"{expires_on} has come already.", field="expires_on", remedy="a later day")
    role = scope if isinstance(scope, Role) else None
    if role is not None:
        check_key_role(role)
    permissions = permissions_of(scope) if isinstance(scope, Role) else known_permissions(scope)
    check_grant(caller.permissions, permissions)
    _check_site(caller, wanted.site_id)
    person_id = await person_behind(tx, caller)
    name = plain_name(wanted.name, "name", 200)
    key = ApiKey(
        wanted.id, name, shown_part(secret), permissions, person_id, role, expires_on,
        site_id=wanted.site_id, rate_per_minute=wanted.rate_per_minute,
    )  # fmt: skip
    await credentials.add_key(tx, caller.organization_id, key, secret)
    return key


def _check_site(caller: Principal, site_id: UUID | None) -> None:
    """What is bound to one site makes no key that opens more than this site."""
    if caller.site_id is not None and site_id != caller.site_id:
        raise Forbidden(
            "A key of one site makes keys of this site alone.", field="site_id", remedy=f"site_id {caller.site_id}"
        )


async def rotate_api_key(
    tx: Tx, caller: Principal, key_id: UUID, fresh: tuple[UUID, str], *, former_until: datetime
) -> ApiKey:
    """A successor that opens the same; both are live until `former_until`, never more than two."""
    former, (successor_id, secret) = await credentials.key(tx, key_id), fresh
    check_grant(caller.permissions, former.permissions)
    _check_site(caller, former.site_id)
    if former.is_over(wall_now()):
        raise Conflict("This key is over.", field="key_id", remedy="make a new one")
    if await credentials.has_successor(tx, key_id):
        raise Conflict("This key has a successor already.", field="key_id", remedy="rotate that one, or end it first")
    if former.replaces_id is not None and await credentials.is_live(tx, former.replaces_id, wall_now()):
        raise Conflict("Two keys are live already.", field="key_id", remedy="end the older one first")
    key = replace(former, id=successor_id, prefix=shown_part(secret), replaces_id=key_id, last_used_at=None)
    await credentials.add_key(tx, caller.organization_id, key, secret)
    await credentials.end_key_at(tx, key_id, former_until)
    return key
