"""Units that a site's telemetry no longer shows: offline, once its scans have gone on without them for long enough.

The site's own scans are the clock: while none come at all, nothing is said of any unit (see watch_feeds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common.db import Tx
from metering.domain.alert_rules import AlertKind, AlertRule, Preference, own_rule
from metering.domain.conditions import Level
from metering.store import preferences, settings, unit_states
from metering.store.alert_tables import NOBODY
from metering.store.scans import Scan
from metering.use_cases.raise_alerts import Observed, raise_alerts

_OF_A_UNIT = (AlertKind.UNIT_OFFLINE, AlertKind.LOW_HASHRATE, AlertKind.HIGH_TEMPERATURE)
_OFFLINE = AlertKind.UNIT_OFFLINE
_MINUTE = timedelta(minutes=1)


async def watch_missing(tx: Tx, organization_id: UUID, found: Sequence[Scan]) -> None:
    """Look at the newest scan of each site; a unit that belongs to nobody any more has its alerts cleared instead."""
    newest: dict[UUID, datetime] = {}
    for scan in found:
        newest[scan.site_id] = max(newest.get(scan.site_id, scan.scanned_at), scan.scanned_at)
    for site_id, at in sorted(newest.items()):
        rules = (await settings.read(tx)).alert_rules
        rows = await unit_states.missing(tx, site_id, at, _OFFLINE, rules[_OFFLINE].after_minutes)
        if rows:
            wishes = await preferences.of_units(tx, [row.unit_id for row in rows], at)
            observed = [one for row in rows for one in _observed(row, rules, wishes.get(row.unit_id), at)]
            await raise_alerts(tx, organization_id, rules, observed)


def _observed(
    row: Any, rules: Mapping[AlertKind, AlertRule], wish: Preference | None, at: datetime
) -> Iterator[Observed]:
    """The patience counts from the end of the last scan that showed the unit, so what is due is raised at once."""
    for kind in _OF_A_UNIT:
        for whose in row.stale:
            at_once = replace(rules[kind], clear_minutes=0)
            yield Observed(
                kind, row.unit_id, Level.WELL, at, unit_id=row.unit_id, rule=at_once, asked_by_id=whose
            )  # fmt: skip
    if not row.is_assigned:
        return
    host = rules[_OFFLINE]
    own = None if wish is None else own_rule(_OFFLINE, host, wish)
    minutes = (at - row.seen_until) // _MINUTE
    words = f"The unit has been missing from its site's telemetry for {minutes} minutes."
    for rule, whose in ((host, NOBODY), (own, NOBODY if wish is None else wish.customer_id)):
        if rule is not None and minutes >= rule.after_minutes and whose not in row.raised:
            yield Observed(
                _OFFLINE, row.unit_id, Level.BAD, at, words, unit_id=row.unit_id,
                rule=replace(rule, after_minutes=0), asked_by_id=whose, is_shared=own is None,
            )  # fmt: skip
