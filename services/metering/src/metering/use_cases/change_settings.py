"""Change the metering settings; what they change about closed days is derived again."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from common.db import Tx
from common.http import Stale
from metering.store import copies, locks, settings
from metering.store.settings import MeteringSettings
from metering.use_cases.mark_days import mark_facts


async def change_settings(
    tx: Tx, organization_id: UUID, wanted: MeteringSettings, *, version: int | None
) -> MeteringSettings:
    """`version` is the one that the caller read; None does not ask."""
    await locks.alone(tx, organization_id)
    before = await settings.read(tx)
    if version is not None and before.version != version:
        raise Stale("The settings were changed meanwhile.", field="If-Match", remedy="read them again")
    after = replace(wanted, version=before.version + 1)
    await settings.write(tx, organization_id, after)
    if (before.reset_estimate, before.hashprice_series) != (after.reset_estimate, after.hashprice_series):
        await mark_facts(tx, organization_id, await copies.all_assigned(tx), None, None)
    return after
