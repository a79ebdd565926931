"""Registers watched when a day is closed: anomalies, spikes refused for more than a day, registers that stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from common.db import Tx
from metering.domain.alert_rules import AlertKind
from metering.domain.conditions import Level
from metering.domain.instants import micros_of
from metering.domain.register_signs import RegisterSigns, register_signs
from metering.store import alerts, meters, settings
from metering.store.alert_tables import NOBODY
from metering.store.meters import ChannelRow
from metering.use_cases.derive_days import Days, Outcome
from metering.use_cases.raise_alerts import Observed, raise_alerts

_KINDS = (AlertKind.REGISTER_ANOMALY, AlertKind.REGISTER_REFUSED, AlertKind.REGISTER_STUCK)
_MICROSECOND = timedelta(microseconds=1)


async def watch_registers(tx: Tx, organization_id: UUID, outcome: Outcome, days: Days, *, at: datetime) -> None:
    """What the units' registers showed over the days, which are closed now. The outcome must keep what was seen."""
    signs = await asyncio.to_thread(_signs, outcome, days)
    if not signs:
        return
    rules = dict((await settings.read(tx)).alert_rules)
    stuck = rules[AlertKind.REGISTER_STUCK]
    patience = timedelta(minutes=stuck.after_minutes)
    rules[AlertKind.REGISTER_STUCK] = replace(stuck, after_minutes=0)
    under_watch = await alerts.watched(tx, _KINDS, {UUID(one.channel_id) for one in signs})
    looks = [
        (UUID(one.channel_id), kind, is_bad, words)
        for one in signs
        for kind, is_bad, words in _judged(one, patience)
        if is_bad or (kind, UUID(one.channel_id), NOBODY) in under_watch
    ]
    if looks:
        rows = {row.channel_id: row for row in await meters.channels_of(tx, units=[u.unit_id for u in outcome.units])}
        observed = [_observed(kind, rows[channel], words if bad else None, at) for channel, kind, bad, words in looks]
        await raise_alerts(tx, organization_id, rules, observed)


def _signs(outcome: Outcome, days: Days) -> list[RegisterSigns]:
    span = (micros_of(days.span[0]), micros_of(days.span[1]))
    return [sign for one in outcome.units if one.seen is not None for sign in register_signs(one.seen.known, span)]


def _judged(one: RegisterSigns, patience: timedelta) -> Iterator[tuple[AlertKind, bool, str]]:
    yield AlertKind.REGISTER_ANOMALY, bool(one.anomalies), f"The register showed: {', '.join(one.anomalies)}."
    yield AlertKind.REGISTER_REFUSED, one.is_refused, "Its reads were refused as spikes for more than 24 hours."
    stood = one.stuck_us * _MICROSECOND
    words = f"The register stood still for {stood // timedelta(minutes=1)} minutes while its unit hashed."
    yield AlertKind.REGISTER_STUCK, stood > timedelta(0) and stood >= patience, words


def _observed(kind: AlertKind, row: ChannelRow, words: str | None, at: datetime) -> Observed:
    return Observed(
        kind,
        row.channel_id,
        Level.WELL if words is None else Level.BAD,
        at,
        f"Outlet {row.outlet}: {words}",
        unit_id=row.unit_id,
        pdu_id=row.pdu_id,
    )
