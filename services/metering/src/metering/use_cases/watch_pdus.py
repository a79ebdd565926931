"""PDUs watched for silence: one job an organization, due when the next PDU could have been silent for too long.

Polls that come ask for the job if none waits, and clear what they disprove at once. Nothing is asked at fixed times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from common import wakeups
from common.db import Tx
from common.errors import NotYet
from common.organizations import business_now
from metering.domain.alert_rules import AlertKind, AlertRule
from metering.domain.conditions import Level
from metering.store import alerts, closings, meters, raw_polls, settings
from metering.store.polls import Poll
from metering.use_cases.raise_alerts import Observed, raise_alerts

WATCH = "watch"
TOGETHER = timedelta(minutes=5)
_INSTANT = timedelta(microseconds=1)


async def ask_to_watch(tx: Tx, organization_id: UUID, at: datetime) -> None:
    """Have the watch run at an instant, unless it waits already."""
    if not await closings.is_waiting(tx, organization_id, WATCH):
        await wakeups.job(tx, organization_id, (WATCH, f"watch/{organization_id}"), at=at, payload={})


async def heard(tx: Tx, organization_id: UUID, polls: Sequence[Poll]) -> None:
    """Polls came: PDUs that were silent are not any more, and the watch goes on."""
    newest: dict[UUID, datetime] = {}
    for poll in polls:
        newest[poll.pdu_id] = max(newest.get(poll.pdu_id, poll.polled_at), poll.polled_at)
    try:
        now_at = await business_now(tx, organization_id)
    except NotYet:  # the organization's own fact is still on its way; later polls will ask
        return
    known = await alerts.watched(tx, [AlertKind.PDU_SILENT], newest)
    if known:
        rules = (await settings.read(tx)).alert_rules
        patience = timedelta(minutes=rules[AlertKind.PDU_SILENT].after_minutes)
        observed = [
            Observed(
                AlertKind.PDU_SILENT,
                pdu_id,
                Level.WELL,
                max(now_at, newest[pdu_id], one.condition.seen_at + _INSTANT),
                pdu_id=pdu_id,
            )
            for (_, pdu_id, _), one in known.items()
            if newest[pdu_id] + patience > now_at
        ]
        await raise_alerts(tx, organization_id, rules, observed)
    await ask_to_watch(tx, organization_id, now_at)


@dataclass(frozen=True, slots=True)
class Silence:
    """A PDU that feeds units, and since when nothing was heard of it."""

    pdu_id: UUID
    name: str
    since_at: datetime


async def watch_pdus(tx: Tx, organization_id: UUID, rule: AlertRule, at: datetime) -> datetime | None:
    """Raise what is silent at the instant; answers when to look again, if there is anything to look at."""
    found = await _silences(tx, organization_id, at)
    patience = timedelta(minutes=rule.after_minutes)
    silent = {one.pdu_id for one in found if rule.is_on and one.since_at + patience <= at}
    observed = [
        Observed(AlertKind.PDU_SILENT, one.pdu_id, Level.BAD, at, _words(one, at), pdu_id=one.pdu_id)
        for one in found
        if one.pdu_id in silent
    ]
    observed += [
        Observed(AlertKind.PDU_SILENT, pdu_id, Level.WELL, at, pdu_id=pdu_id)
        for pdu_id in await alerts.raised(tx, AlertKind.PDU_SILENT)
        if pdu_id not in silent
    ]
    at_once = {AlertKind.PDU_SILENT: replace(rule, after_minutes=0)}  # the patience has been waited for already
    await raise_alerts(tx, organization_id, at_once, observed)
    if not rule.is_on:
        return None
    deadlines = [one.since_at + patience for one in found if one.pdu_id not in silent]
    return max(min(deadlines), at + TOGETHER) if deadlines else None


def _words(one: Silence, at: datetime) -> str:
    minutes = int((at - one.since_at).total_seconds() // 60)
    return f"PDU {one.name} has said nothing for {minutes} minutes."


async def _silences(tx: Tx, organization_id: UUID, at: datetime) -> list[Silence]:
    """The PDUs with a channel that lives at the instant. One that was never polled is silent since it was added (which
    lies ahead of a test clock that stands in the past: then nothing is known of it).
    """
    pdus = await meters.feeding(tx, at)
    last = await raw_polls.last_of(tx, organization_id, [row.pdu_id for row in pdus])
    found = [
        Silence(row.pdu_id, row.name, last[row.pdu_id].polled_at if row.pdu_id in last else row.created_at)
        for row in pdus
    ]
    return [one for one in found if one.pdu_id in last or one.since_at <= at]
