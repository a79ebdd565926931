"""The job behind alerts that nothing that arrives would raise: silent PDUs and sites, caps of live organizations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common import wakeups
from common.db import Tx
from common.organizations import organization
from metering.domain.alert_rules import AlertKind
from metering.store import settings
from metering.use_cases.watch_caps import GRACE, watch_caps
from metering.use_cases.watch_feeds import watch_feeds
from metering.use_cases.watch_pdus import WATCH, watch_pdus


async def watch(tx: Tx, organization_id: UUID, _payload: dict[str, Any], due_at: datetime) -> None:
    """Looks, and asks for itself again when there is something to look at.

    A test clock would have to stop at every quarter hour: its caps are looked at when a day is closed.
    """
    rules = (await settings.read(tx)).alert_rules
    found = [await watch_pdus(tx, organization_id, rules[AlertKind.PDU_SILENT], due_at)]
    found.append(await watch_feeds(tx, organization_id, rules[AlertKind.TELEMETRY_SILENT], due_at))
    if not (await organization(tx, organization_id)).is_test:
        found.append(await watch_caps(tx, organization_id, rules[AlertKind.POWER_CAP], due_at - GRACE))
    dues = [one for one in found if one is not None]
    if dues:  # the job that runs counts as waiting still, so it is asked for without looking
        await wakeups.job(tx, organization_id, (WATCH, f"watch/{organization_id}"), at=min(dues), payload={})
