"""Make an API key bound to the caller's organization, with permissions within the caller's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.auth import Principal
from common.clock import wall_now
from common.db import Tx
from common.errors import RuleBroken
from identity.domain.api_keys import ApiKey, shown_part
from identity.domain.roles import Role, check_grant, check_key_role, known_permissions, permissions_of
from identity.domain.texts import plain_text
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
    person_id = await person_behind(tx, caller)
    name = plain_text(wanted.name, "name", 200)
    key = ApiKey(wanted.id, name, shown_part(secret), permissions, person_id, role, expires_on)
    await credentials.add_key(tx, caller.organization_id, key, secret)
    return key
