"""`/v1/metering-settings`: how usage is derived, when a day is final, what the host is warned of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from fastapi import Response
from pydantic import BaseModel, Field

from common.http import Body, Caller, Transaction, allow, etag, new_router
from common.money import decimal_of, exact_text
from events.types import DecimalText
from metering.api.versions import MaybeIfMatch
from metering.domain.alert_rules import DEFAULTS, LONGEST_MINUTES, AlertKind, AlertRule, Severity, checked
from metering.domain.values import ResetEstimate
from metering.store import settings
from metering.store.settings import MeteringSettings
from metering.use_cases.change_settings import change_settings

router = new_router("metering-settings")
LONGEST_MONTHS, SHORTEST_MONTHS = 240, 3


class RuleBody(Body):
    """What is to differ from a kind's default rule; what is left out stays as it is by default.

    Thresholds: percent of the rated hashrate, degrees Celsius, percent of the power cap.
    """

    is_on: bool | None = None
    severity: Severity | None = None
    after_minutes: int | None = Field(None, ge=0, le=LONGEST_MINUTES, description="How long before it is raised.")
    clear_minutes: int | None = Field(None, ge=0, le=LONGEST_MINUTES, description="How long well before it clears.")
    is_visible: bool | None = Field(None, description="Whether the customer concerned sees it.")
    raise_at: DecimalText | None = Field(None, examples=["90"])
    clear_at: DecimalText | None = Field(None, examples=["93"])


class SettingsBody(Body):
    """How usage is derived, when a day is final, what is warned of, how long raw evidence is kept."""

    reset_estimate: ResetEstimate = ResetEstimate.NONE
    settle_minutes: int = Field(15, ge=0, le=1440, description="After local midnight, before a day is closed.")
    hashprice_series: str = Field("default", min_length=1, max_length=60)
    keep_raw_months: int | None = Field(
        None, ge=SHORTEST_MONTHS, le=LONGEST_MONTHS, description="Raw evidence is kept so long; for ever if absent."
    )
    alert_rules: dict[AlertKind, RuleBody] = Field(default_factory=dict)


class RuleAnswer(BaseModel):
    """A rule in force."""

    is_on: bool
    severity: Severity
    after_minutes: int
    clear_minutes: int
    is_visible: bool
    raise_at: str | None
    clear_at: str | None


class SettingsAnswer(BaseModel):
    """The settings with every rule in force, and their version (also the ETag)."""

    reset_estimate: ResetEstimate
    settle_minutes: int
    hashprice_series: str
    keep_raw_months: int | None
    alert_rules: dict[AlertKind, RuleAnswer]
    version: int


@router.get("/v1/metering-settings", **allow("meters.read"))
async def read_settings(tx: Transaction, response: Response) -> SettingsAnswer:
    """The settings in force; version 0 are the defaults."""
    return _answer(await settings.read(tx), response)


@router.put("/v1/metering-settings", **allow("metering_settings.write"))
async def put_settings(
    tx: Transaction,
    caller: Caller,
    body: SettingsBody,
    response: Response,
    version: MaybeIfMatch,
) -> SettingsAnswer:
    """Set all of them; with If-Match only if nobody changed them since. Closed days that change are published again."""
    wanted = MeteringSettings(
        reset_estimate=body.reset_estimate.value,
        settle_minutes=body.settle_minutes,
        hashprice_series=body.hashprice_series,
        alert_rules=_rules(body.alert_rules),
        keep_raw_months=body.keep_raw_months,
    )
    after = await change_settings(tx, caller.organization_id, wanted, version=version)
    return _answer(after, response)


def _rules(bodies: Mapping[AlertKind, RuleBody]) -> dict[AlertKind, AlertRule]:
    return {kind: _rule(kind, bodies.get(kind), rule) for kind, rule in DEFAULTS.items()}


def _rule(kind: AlertKind, body: RuleBody | None, default: AlertRule) -> AlertRule:
    if body is None:
        return default
    said = {name: value for name, value in body.model_dump().items() if value is not None}
    for name in ("raise_at", "clear_at"):
        if name in said:
            said[name] = Fraction(decimal_of(said[name], field=f"alert_rules.{kind}.{name}"))
    if "raise_at" in said:
        said.setdefault("clear_at", None)
    return checked(kind, replace(default, **said))


def _answer(found: MeteringSettings, response: Response) -> SettingsAnswer:
    response.headers.update(etag(found.version))
    return SettingsAnswer(
        reset_estimate=ResetEstimate(found.reset_estimate),
        settle_minutes=found.settle_minutes,
        hashprice_series=found.hashprice_series,
        keep_raw_months=found.keep_raw_months,
        alert_rules={kind: _rule_answer(rule) for kind, rule in found.alert_rules.items()},
        version=found.version,
    )


def _rule_answer(rule: AlertRule) -> RuleAnswer:
    return RuleAnswer(
        is_on=rule.is_on,
        severity=rule.severity,
        after_minutes=rule.after_minutes,
        clear_minutes=rule.clear_minutes,
        is_visible=rule.is_visible,
        raise_at=None if rule.raise_at is None else exact_text(rule.raise_at),
        clear_at=None if rule.clear_at is None else exact_text(rule.clear_at),
    )
