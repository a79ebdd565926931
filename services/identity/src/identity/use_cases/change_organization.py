"""Change an organization's particulars. A former short name goes on leading here."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from common.clock import wall_now
from common.db import Tx
from common.http import Stale
from common.outbox import publish
from events.identity import OrganizationChanged
from identity.domain.host import Host
from identity.store import hosts
from identity.use_cases.announce import facts


async def change_organization(tx: Tx, organization_id: UUID, changes: Mapping[str, object], *, version: int) -> Host:
    before = await hosts.get(tx, organization_id, for_change=True)
    if before.version != version:
        raise Stale(
            "The organization was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change"
        )
    after = before.changed(**changes)
    if after.slug != before.slug:
        await hosts.claim_slug(tx, after)
    await hosts.save(tx, after)
    at = after.clock_at or wall_now()
    await publish(tx, organization_id, OrganizationChanged(**facts(after)), at=at, source="identity")
    return after
