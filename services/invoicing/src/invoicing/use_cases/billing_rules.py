"""The organization's settings as the domain wants them: what prices, and what steers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.db import Tx
from common.organizations import Organization, organization
from invoicing.domain.issuer import Issuers
from invoicing.domain.periods import Period, period_holding, period_named
from invoicing.domain.preferences import Preferences
from invoicing.domain.settings import BillingSettings, LateFee, LateFeeMode, TaxSettings
from invoicing.store import copies, runs


@dataclass(frozen=True, slots=True)
class BillingRules:
    """Everything that decides how an organization bills."""

    host: Organization
    settings: BillingSettings
    preferences: Preferences
    version: int
    issuers: Issuers = field(default_factory=Issuers)

    def period(self, name: str) -> Period:
        """The period that begins in a named month."""
        return period_named(name, self.host.billing_day, self.host.timezone)

    def period_of(self, day: Any) -> Period:
        """The period that a local day lies in."""
        return period_holding(day, self.host.billing_day, self.host.timezone)


def rules_of(host: Organization, body: dict[str, Any], version: int) -> BillingRules:
    """The rules behind saved settings; the domain refuses what is impossible."""
    late = body.get("late_fee")
    settings = BillingSettings(
        timezone=host.timezone,
        billing_day=host.billing_day,
        currency=host.currency,
        due_days=host.due_days,
        tax=TaxSettings(
            {code: Decimal(percent) for code, percent in body.get("tax", {}).items()}, bool(body.get("tax_inclusive"))
        ),
        late_fee=_late_fee(late) if late else None,
    )
    known = {f.name for f in fields(Preferences)}
    return BillingRules(host, settings, Preferences(**{k: v for k, v in body.items() if k in known}), version)


def _late_fee(body: dict[str, Any]) -> LateFee:
    amounts = {k: Decimal(body[k]) for k in ("amount", "percent", "cap") if body.get(k) is not None}
    return LateFee(LateFeeMode(body["mode"]), grace_days=body.get("grace_days", 0), **amounts)


async def billing_rules(tx: Tx, organization_id: UUID) -> BillingRules:
    body, version = await runs.settings_row(tx)
    rules = rules_of(await organization(tx, organization_id), body, version)
    return replace(rules, issuers=await copies.issuers(tx))
