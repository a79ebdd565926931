"""Raise and clear alerts from what was observed, by the organization's rules, with hysteresis (CM-29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from uuid import UUID

from common.db import Tx, new_id
from common.money import exact_text, round_half_up
from common.outbox import publish_all
from events.envelope import Event
from events.metering import AlertCleared, AlertRaised, SiteFeedResumed, SiteFeedStopped
from metering.domain.alert_rules import AlertKind, AlertRule
from metering.domain.conditions import Level, Turn, look
from metering.store import alerts, copies
from metering.store.alert_tables import NOBODY
from metering.store.alerts import Alert, Key, Watched


@dataclass(frozen=True, slots=True)
class Observed:
    """How something stands at an instant. `value` is in the kind's unit; `detail` says it in words.

    `rule` is the one that holds here, where it is not the kind's own; `asked_by_id` is the customer whose rule it is.
    `is_shared`: what the host's rule tells is for the customer's ears too, as far as it is visible.
    """

    kind: AlertKind
    subject_id: UUID
    level: Level
    at: datetime
    detail: str = ""
    value: Fraction | None = None
    unit_id: UUID | None = None
    pdu_id: UUID | None = None
    contract_id: UUID | None = None
    rule: AlertRule | None = None
    site_id: UUID | None = None
    asked_by_id: UUID = NOBODY
    is_shared: bool = True


@dataclass(slots=True)
class _Changes:
    """What one call changes: conditions, new alerts and whether customers may see them, alerts to close."""

    kept: dict[Key, Watched | None] = field(default_factory=dict)
    opened: list[tuple[Alert, bool]] = field(default_factory=list)
    closed: list[tuple[UUID, datetime]] = field(default_factory=list)


async def raise_alerts(
    tx: Tx, organization_id: UUID, rules: Mapping[AlertKind, AlertRule], observed: Sequence[Observed]
) -> int:
    """Take observations into account, in order of time; answers how many alerts were raised or cleared.

    What is well and not under watch costs nothing: callers may leave such observations out.
    """
    if not observed:
        return 0
    known = await alerts.watched(tx, {one.kind for one in observed}, {one.subject_id for one in observed})
    changes = _Changes()
    for one in sorted(observed, key=lambda one: one.at):
        _take(rules[one.kind] if one.rule is None else one.rule, known, one, changes)
    opened = [await _with_whom(tx, one, is_visible) for one, is_visible in changes.opened]
    await alerts.add(tx, organization_id, opened)
    ended = [await alerts.close(tx, alert_id, at) for alert_id, at in changes.closed]
    closed = [one for one in ended if one is not None]
    await alerts.keep(tx, organization_id, changes.kept)
    await _tell(tx, organization_id, opened, closed)
    return len(opened) + len(closed)


def _take(rule: AlertRule, known: dict[Key, Watched], one: Observed, changes: _Changes) -> None:
    key = (one.kind, one.subject_id, one.asked_by_id)
    before = known.get(key)
    condition, turn = look(rule, None if before is None else before.condition, one.level, one.at)
    if before is None and condition is None:
        return
    alert_id = None if before is None else before.alert_id
    if turn is Turn.RAISED:
        alert_id = new_id()
        is_told = one.is_shared or one.asked_by_id != NOBODY
        changes.opened.append((_alert(alert_id, rule, one), rule.is_visible and is_told))
    elif turn is Turn.CLEARED and alert_id is not None:
        changes.closed.append((alert_id, one.at))
    if condition is None:
        known.pop(key, None)
        changes.kept[key] = None
    else:
        known[key] = changes.kept[key] = Watched(condition, alert_id)


def _alert(alert_id: UUID, rule: AlertRule, one: Observed) -> Alert:
    return Alert(
        alert_id=alert_id,
        kind=one.kind,
        subject_id=one.subject_id,
        severity=rule.severity,
        opened_at=one.at,
        detail=one.detail,
        unit_id=one.unit_id,
        pdu_id=one.pdu_id,
        contract_id=one.contract_id,
        site_id=one.site_id,
        asked_by_id=one.asked_by_id,
        observed=None if one.value is None else f"{round_half_up(one.value, 3):f}",
        threshold=None if rule.raise_at is None else exact_text(rule.raise_at),
    )


async def _with_whom(tx: Tx, alert: Alert, is_visible: bool) -> Alert:
    """The contract that the unit counts for at that instant, and its customer where the alert is visible."""
    customer_id: UUID | None = None
    contract_id = alert.contract_id
    if contract_id is None and alert.unit_id is not None:
        for row in await copies.assignments_of(tx, [alert.unit_id]):
            if row.from_at <= alert.opened_at and (row.to_at is None or row.to_at > alert.opened_at):
                contract_id, customer_id = row.contract_id, row.customer_id
    elif contract_id is not None:
        versions = await copies.versions_of(tx, [contract_id])
        customer_id = versions[0].customer_id if versions else None
    return replace(alert, contract_id=contract_id, customer_id=customer_id if is_visible else None)


async def _tell(tx: Tx, organization_id: UUID, opened: Sequence[Alert], closed: Sequence[Alert]) -> None:
    told: list[tuple[datetime, Event]] = [(one.opened_at, _raised(one)) for one in opened]
    told += [(one.closed_at, _cleared(one)) for one in closed if one.closed_at is not None]
    for at, together in groupby(sorted(told, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        await publish_all(tx, organization_id, [event for _, event in together], at=at, source="metering")


def _raised(one: Alert) -> AlertRaised | SiteFeedStopped:
    if one.site_id is not None:
        said = {"alert_id": one.alert_id, "severity": one.severity, "detail": one.detail}
        return SiteFeedStopped.model_validate(said | {"site_id": one.site_id, "opened_at": one.opened_at})
    names = ("alert_id", "kind", "severity", "opened_at", "detail", "observed", "threshold")
    return AlertRaised.model_validate({name: getattr(one, name) for name in names} | _about(one))


def _cleared(one: Alert) -> AlertCleared | SiteFeedResumed:
    if one.site_id is not None:
        names = ("site_id", "alert_id", "opened_at", "closed_at")
        return SiteFeedResumed.model_validate({name: getattr(one, name) for name in names})
    names = ("alert_id", "kind", "opened_at", "closed_at")
    return AlertCleared.model_validate({name: getattr(one, name) for name in names} | _about(one))


def _about(one: Alert) -> dict[str, UUID | None]:
    return {name: getattr(one, name) for name in ("unit_id", "pdu_id", "contract_id", "customer_id")}
