"""The metering settings of an organization."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from common.money import exact_of, exact_text
from metering.domain.alert_rules import DEFAULTS, AlertKind, AlertRule, Severity

_FIELDS = "reset_estimate, settle_minutes, hashprice_series, alert_rules, keep_raw_months, version"
_READ = text(f"select {_FIELDS} from metering_settings")  # noqa: S608 - constants
_WRITE = text(f"""
    insert into metering_settings (organization_id, {_FIELDS})
    values (:organization, :reset_estimate, :settle_minutes, :hashprice_series, cast(:alert_rules as jsonb),
        :keep_raw_months, :version)
    on conflict (organization_id) do update set reset_estimate = excluded.reset_estimate,
        settle_minutes = excluded.settle_minutes, hashprice_series = excluded.hashprice_series,
        alert_rules = excluded.alert_rules, keep_raw_months = excluded.keep_raw_months, version = excluded.version
""")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class MeteringSettings:
    """How usage is derived, when a day is closed, what is warned of. Version 0: nobody has set anything yet.

    `alert_rules` are all rules in force; `keep_raw_months` None keeps raw evidence for ever.
    """

    reset_estimate: str = "none"
    settle_minutes: int = 15
    hashprice_series: str = "default"
    alert_rules: Mapping[AlertKind, AlertRule] = field(default_factory=lambda: DEFAULTS)
    keep_raw_months: int | None = None
    version: int = 0


async def read(tx: Tx) -> MeteringSettings:
    """The organization's settings, or the defaults."""
    row = (await tx.execute(_READ)).first()
    if row is None:
        return MeteringSettings()
    return MeteringSettings(
        reset_estimate=row.reset_estimate,
        settle_minutes=row.settle_minutes,
        hashprice_series=row.hashprice_series,
        alert_rules={kind: _rule(row.alert_rules.get(kind), rule) for kind, rule in DEFAULTS.items()},
        keep_raw_months=row.keep_raw_months,
        version=row.version,
    )


async def write(tx: Tx, organization_id: UUID, settings: MeteringSettings) -> None:
    """Only rules that differ from the defaults are kept, so that others follow the defaults."""
    changed = {kind: _stored(rule) for kind, rule in settings.alert_rules.items() if rule != DEFAULTS[kind]}
    await tx.execute(
        _WRITE,
        {
            "organization": organization_id,
            "reset_estimate": settings.reset_estimate,
            "settle_minutes": settings.settle_minutes,
            "hashprice_series": settings.hashprice_series,
            "alert_rules": json.dumps(changed),
            "keep_raw_months": settings.keep_raw_months,
            "version": settings.version,
        },
    )


def _stored(rule: AlertRule) -> dict[str, Any]:
    return {
        "is_on": rule.is_on,
        "severity": rule.severity,
        "after_minutes": rule.after_minutes,
        "clear_minutes": rule.clear_minutes,
        "is_visible": rule.is_visible,
        "raise_at": None if rule.raise_at is None else exact_text(rule.raise_at),
        "clear_at": None if rule.clear_at is None else exact_text(rule.clear_at),
    }


def _rule(stored: Mapping[str, Any] | None, default: AlertRule) -> AlertRule:
    if stored is None:
        return default
    return AlertRule(
        is_on=stored["is_on"],
        severity=Severity(stored["severity"]),
        after_minutes=stored["after_minutes"],
        clear_minutes=stored["clear_minutes"],
        is_visible=stored["is_visible"],
        raise_at=None if stored["raise_at"] is None else exact_of(stored["raise_at"]),
        clear_at=None if stored["clear_at"] is None else exact_of(stored["clear_at"]),
    )
