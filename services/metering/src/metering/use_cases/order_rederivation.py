"""An operator's order: derive days again from the first read, trusting no frozen state; what differs is published."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from common.clock import day_end, day_start
from common.db import Tx
from common.organizations import organization
from metering.store import copies, locks, meters, states
from metering.use_cases.mark_days import mark_facts


async def order_rederivation(tx: Tx, organization_id: UUID, first: date, last: date) -> int:
    """The job runs as soon as a process of the service is there; answers how many units it will derive."""
    await locks.alone(tx, organization_id)
    zone = (await organization(tx, organization_id)).timezone
    units = await copies.all_assigned(tx)
    await states.forget(tx, [row.channel_id for row in await meters.channels_of(tx, units=units)])
    await mark_facts(tx, organization_id, units, day_start(first, zone), day_end(last, zone))
    return len(units)
