"""What the host is warned of, and when: rules as values, one for each kind of alert (CM-29).

A rule raises when its condition has held for `after_minutes`, and clears when things have been well for
`clear_minutes`. Between the two thresholds nothing changes: a value that swings around one of them makes one alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from metering.domain.refusals import BadAlertRule


class AlertKind(StrEnum):
    """What is wrong."""

    UNIT_OFFLINE = "unit_offline"
    LOW_HASHRATE = "low_hashrate"
    HIGH_TEMPERATURE = "high_temperature"
    PDU_SILENT = "pdu_silent"
    TELEMETRY_SILENT = "telemetry_silent"
    POWER_CAP = "power_cap"
    REGISTER_ANOMALY = "register_anomaly"
    REGISTER_REFUSED = "register_refused"
    REGISTER_STUCK = "register_stuck"


class Severity(StrEnum):
    """How much it matters."""

    WARNING = "warning"
    CRITICAL = "critical"


LONGEST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One kind's rule. `raise_at` and `clear_at` are thresholds in the kind's own unit; None where it has none.

    Units: percent of the rated hashrate, degrees Celsius, percent of the contract's power cap.
    """

    is_on: bool
    severity: Severity
    after_minutes: int
    clear_minutes: int
    is_visible: bool
    raise_at: Fraction | None = None
    clear_at: Fraction | None = None


DEFAULTS: Mapping[AlertKind, AlertRule] = {
    AlertKind.UNIT_OFFLINE: AlertRule(True, Severity.WARNING, 15, 5, True),
    AlertKind.LOW_HASHRATE: AlertRule(True, Severity.WARNING, 30, 10, True, Fraction(90), Fraction(93)),
    AlertKind.HIGH_TEMPERATURE: AlertRule(True, Severity.CRITICAL, 10, 10, True, Fraction(85), Fraction(80)),
    AlertKind.PDU_SILENT: AlertRule(True, Severity.CRITICAL, 30, 0, False),
    AlertKind.TELEMETRY_SILENT: AlertRule(True, Severity.CRITICAL, 30, 0, False),
    AlertKind.POWER_CAP: AlertRule(True, Severity.WARNING, 0, 0, True, Fraction(100), Fraction(97)),
    AlertKind.REGISTER_ANOMALY: AlertRule(True, Severity.WARNING, 0, 0, False),
    AlertKind.REGISTER_REFUSED: AlertRule(True, Severity.CRITICAL, 0, 0, False),
    AlertKind.REGISTER_STUCK: AlertRule(True, Severity.CRITICAL, 120, 0, False),
}
"""Defaults are common practice, not measured: a host sets its own."""
_RISING = frozenset({AlertKind.HIGH_TEMPERATURE, AlertKind.POWER_CAP})
_FALLING = frozenset({AlertKind.LOW_HASHRATE})
_SILENCES = {AlertKind.PDU_SILENT: "PDU", AlertKind.TELEMETRY_SILENT: "site"}


def checked(kind: AlertKind, rule: AlertRule) -> AlertRule:
    """The rule, if it can be; the refusal names its field."""
    where = f"alert_rules.{kind}"
    for name, minutes in (("after_minutes", rule.after_minutes), ("clear_minutes", rule.clear_minutes)):
        if not 0 <= minutes <= LONGEST_MINUTES:
            raise BadAlertRule(
                f"{minutes} minutes is no patience.", field=f"{where}.{name}", remedy=f"0 to {LONGEST_MINUTES}"
            )
    if kind in _SILENCES and rule.after_minutes < 1:
        raise BadAlertRule(
            f"A {_SILENCES[kind]} is not silent at once.",
            field=f"{where}.after_minutes",
            remedy="more than its poll interval",
        )
    if kind is AlertKind.TELEMETRY_SILENT and rule.is_visible:
        raise BadAlertRule(
            "A site's telemetry concerns no single customer.", field=f"{where}.is_visible", remedy="leave it out"
        )
    if kind not in _RISING | _FALLING:
        if rule.raise_at is not None or rule.clear_at is not None:
            raise BadAlertRule(f"{kind} has no threshold.", field=f"{where}.raise_at", remedy="leave it out")
        return rule
    return _thresholds(kind, rule, where)


def _thresholds(kind: AlertKind, rule: AlertRule, where: str) -> AlertRule:
    if rule.raise_at is None:
        raise BadAlertRule(f"{kind} needs a threshold.", field=f"{where}.raise_at", remedy="such as 90")
    settled = replace(rule, clear_at=rule.raise_at if rule.clear_at is None else rule.clear_at)
    assert settled.raise_at is not None
    assert settled.clear_at is not None
    if not 0 < settled.raise_at <= 1000 or not 0 < settled.clear_at <= 1000:
        raise BadAlertRule(f"{settled.raise_at} is no threshold.", field=f"{where}.raise_at", remedy="1 to 1000")
    if kind in _RISING and settled.clear_at > settled.raise_at:
        raise BadAlertRule(
            f"{kind} clears at {settled.clear_at}, above {settled.raise_at}, where it is raised.",
            field=f"{where}.clear_at",
            remedy="the same or lower",
        )
    if kind in _FALLING and not settled.raise_at <= settled.clear_at <= 100:
        raise BadAlertRule(
            f"{kind} clears at {settled.clear_at}, which is below {settled.raise_at} or above 100.",
            field=f"{where}.clear_at",
            remedy="from where it is raised up to 100",
        )
    return settled


@dataclass(frozen=True, slots=True)
class Preference:
    """From where on a customer wants to be told of its units; None: by the host's rule."""

    customer_id: UUID
    offline_minutes: int | None = None
    low_hashrate_percent: Fraction | None = None
    temperature_c: Fraction | None = None


def own_rule(kind: AlertKind, host: AlertRule, wish: Preference) -> AlertRule | None:
    """The rule by which the customer is told, stricter or laxer than the host's; None where the host's is theirs too.

    It clears as far from its threshold as the host's does. What the host switched off or does not show stays so.
    """
    if not (host.is_on and host.is_visible):
        return None
    rule = host
    if kind is AlertKind.UNIT_OFFLINE and wish.offline_minutes is not None:
        rule = replace(host, after_minutes=wish.offline_minutes)
    elif kind is AlertKind.LOW_HASHRATE and wish.low_hashrate_percent is not None:
        rule = _moved(host, wish.low_hashrate_percent, most=Fraction(100))
    elif kind is AlertKind.HIGH_TEMPERATURE and wish.temperature_c is not None:
        rule = _moved(host, wish.temperature_c)
    return None if rule == host else rule


def _moved(host: AlertRule, raise_at: Fraction, most: Fraction | None = None) -> AlertRule:
    assert host.raise_at is not None
    assert host.clear_at is not None
    clear_at = raise_at + host.clear_at - host.raise_at
    return replace(host, raise_at=raise_at, clear_at=clear_at if most is None else min(clear_at, most))
