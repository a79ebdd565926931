"""An organization's provider of single sign-on; its secret is kept sealed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.http import Stale
from identity.domain.roles import Role
from identity.domain.sso import SsoProvider
from identity.store.tables import sso_providers

_FIELDS = ("issuer", "client_id", "sealed_secret", "version")


async def get(tx: Tx) -> SsoProvider | None:
    """The provider of the organization that the transaction stands in."""
    row: Any = (await tx.execute(select(sso_providers))).first()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in _FIELDS}
    return SsoProvider(**values, email_domains=tuple(row.email_domains), default_role=Role(row.default_role))


async def put(tx: Tx, organization_id: UUID, provider: SsoProvider) -> None:
    values = {name: getattr(provider, name) for name in (*_FIELDS, "default_role")}
    values |= {"email_domains": list(provider.email_domains)}
    query = upsert(sso_providers).values(organization_id=organization_id, **values)
    is_next = sso_providers.c.version == provider.version - 1
    query = query.on_conflict_do_update(index_elements=["organization_id"], set_=values, where=is_next)
    if (await tx.execute(query.returning(sso_providers.c.version))).first() is None:
        raise Stale("The provider was changed meanwhile.", field="If-Match", remedy="read it again")


async def remove(tx: Tx) -> None:
    await tx.execute(delete(sso_providers))
