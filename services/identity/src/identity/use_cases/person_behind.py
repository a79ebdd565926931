"""The person who answers for a call, also where it came with an API key."""

from __future__ import annotations

from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import NotFound
from identity.domain.host import PLATFORM
from identity.store import credentials
from identity.store.tenancy import within


async def person_behind(tx: Tx, caller: Principal) -> UUID:
    """`user:<id>` names the person; `key:<id>` a key of this organization or of the platform."""
    kind, _, name = caller.subject.partition(":")
    if kind == "user":
        return UUID(name)
    try:
        return (await credentials.key(tx, UUID(name))).person_id
    except NotFound:
        async with within(tx, PLATFORM):
            return (await credentials.key(tx, UUID(name))).person_id
