"""Which organization's rows a transaction of identity sees, where one transaction must pass from one to another."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import select, text

from common.db import Tenant, Tx
from identity.store.tables import slugs

# Before a caller is known: may read hashed credentials and short names of all organizations, and nothing else.
GATE = Tenant(None, scope="gate")
_ENTER = text("select set_config('app.organization_id', :organization, true), set_config('app.scope', '', true)")
_NOW_IN = text("select current_setting('app.organization_id', true), current_setting('app.scope', true)")
_BACK = text("select set_config('app.organization_id', :organization, true), set_config('app.scope', :scope, true)")
_ACTING = text("select set_config('app.actor', :acting, true)")


async def enter(tx: Tx, organization_id: UUID) -> None:
    """From here on the transaction sees this organization's rows alone, and is no longer at the gate."""
    await tx.execute(_ENTER, {"organization": str(organization_id)})


@asynccontextmanager
async def within(tx: Tx, organization_id: UUID) -> AsyncIterator[None]:
    """For a while the rows of another organization: opening one, or asking the platform about its own people."""
    before, scope = (await tx.execute(_NOW_IN)).one()
    await enter(tx, organization_id)
    yield
    await tx.execute(_BACK, {"organization": before or "", "scope": scope or ""})


@asynccontextmanager
async def at_gate(tx: Tx) -> AsyncIterator[None]:
    """For a while back at the gate, to find the organization behind a cookie or a passkey."""
    before, scope = (await tx.execute(_NOW_IN)).one()
    await tx.execute(_BACK, {"organization": "", "scope": GATE.scope})
    yield
    await tx.execute(_BACK, {"organization": before or "", "scope": scope or ""})


async def act_as(tx: Tx, person_id: UUID, address: str) -> None:
    """From here on the audit log names this person, who showed at the door who they are."""
    acting = json.dumps({"subject": f"user:{person_id}", "address": address})
    await tx.execute(_ACTING, {"acting": acting})


async def organization_of(tx: Tx, named: str) -> UUID | None:
    """The organization that an id or a short name, present or former, means. Asked at the gate."""
    try:
        return UUID(named)
    except ValueError:
        found: UUID | None = (
            await tx.execute(select(slugs.c.organization_id).where(slugs.c.slug == named.lower()))
        ).scalar()
        return found
