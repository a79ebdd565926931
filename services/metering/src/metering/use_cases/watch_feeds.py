"""Sites watched for telemetry that stops altogether: one alert for the site, not one for each of its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from common.db import Tx
from common.errors import NotYet
from common.organizations import business_now
from metering.domain.alert_rules import AlertKind, AlertRule
from metering.domain.conditions import Level
from metering.store import alerts, settings, unit_states
from metering.store.scans import Scan
from metering.use_cases.raise_alerts import Observed, raise_alerts
from metering.use_cases.watch_pdus import TOGETHER, ask_to_watch

_SILENT = AlertKind.TELEMETRY_SILENT
_INSTANT = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)


async def feed_heard(tx: Tx, organization_id: UUID, found: Sequence[Scan]) -> None:
    """Scans came: sites that were silent are not any more, and the watch goes on."""
    until: dict[UUID, datetime] = {}
    for scan in found:
        ends_at = scan.scanned_at + timedelta(seconds=scan.interval_s)
        until[scan.site_id] = max(until.get(scan.site_id, ends_at), ends_at)
    try:
        now_at = await business_now(tx, organization_id)
    except NotYet:  # the organization's own fact is still on its way; later scans will ask
        return
    known = await alerts.watched(tx, [_SILENT], until)
    if known:
        rules = (await settings.read(tx)).alert_rules
        patience = timedelta(minutes=rules[_SILENT].after_minutes)
        observed = [
            Observed(_SILENT, site_id, Level.WELL, max(now_at, one.condition.seen_at + _INSTANT), site_id=site_id)
            for (_, site_id, _), one in known.items()
            if until[site_id] + patience > now_at
        ]
        await raise_alerts(tx, organization_id, rules, observed)
    await ask_to_watch(tx, organization_id, now_at)


async def watch_feeds(tx: Tx, organization_id: UUID, rule: AlertRule, at: datetime) -> datetime | None:
    """Raise what is silent at the instant; answers when to look again, if there is anything to look at."""
    found = await unit_states.feeds(tx, at)
    patience = timedelta(minutes=rule.after_minutes)
    silent = {row.site_id for row in found if rule.is_on and row.until_at + patience <= at}
    observed = [
        Observed(
            _SILENT, row.site_id, Level.BAD, at,
            f"No telemetry of site {row.name} has come for {(at - row.until_at) // _MINUTE} minutes: its units' state"
            " is unknown.",
            site_id=row.site_id,
        )
        for row in found
        if row.site_id in silent
    ]  # fmt: skip
    observed += [
        Observed(_SILENT, site_id, Level.WELL, at, site_id=site_id)
        for site_id in await alerts.raised(tx, _SILENT)
        if site_id not in silent
    ]
    await raise_alerts(tx, organization_id, {_SILENT: replace(rule, after_minutes=0)}, observed)
    if not rule.is_on:
        return None
    deadlines = [row.until_at + patience for row in found if row.site_id not in silent]
    return max(min(deadlines), at + TOGETHER) if deadlines else None
