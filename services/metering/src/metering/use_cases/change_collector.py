"""Change what a site's collector is to do; it takes the change over when it next asks (CB-32)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from common.db import Tx
from common.http import Stale
from metering.domain.collector import refuse_doubles
from metering.store import collector_settings
from metering.store.collector_settings import CollectorSettings


async def change_collector(tx: Tx, organization_id: UUID, wanted: CollectorSettings) -> CollectorSettings:
    """`wanted.version` is the one that the caller read; 0 where nobody has set anything yet."""
    await collector_settings.site_code(tx, wanted.site_id)
    before = await collector_settings.read(tx, wanted.site_id)
    refuse_doubles([one["name"] for one in wanted.miners], await collector_settings.device_names(tx, wanted.site_id))
    after = replace(wanted, version=wanted.version + 1)
    is_fresh = wanted.version == (before.version if before else 0)
    if not is_fresh or not await collector_settings.put(tx, organization_id, after):
        raise Stale("The settings were changed meanwhile.", field="If-Match", remedy="read them again")
    return after
