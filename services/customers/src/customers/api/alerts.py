"""A customer's alerts, and what the customer wants to be told (CM-29)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from common.http import Body, Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.money import decimal_of
from common.organizations import business_now
from customers.api.instants import Instant
from customers.domain.alert import AlertPreferences
from customers.store import alerts, customers
from customers.use_cases.set_alert_preferences import set_alert_preferences

router = new_router("alerts")
Word = Annotated[str, StringConstraints(max_length=40, pattern="^[a-z_]+$")]


class Thresholds(Body):
    """From when on the customer is told; null switches an alert off.

    Where they differ from the host's, stricter or laxer, alerts of the customer's own follow them; the host keeps its
    own. What the host switched off or does not show is not told either way.
    """

    offline_minutes: int | None = Field(15, examples=[15])
    low_hashrate_percent: str | None = Field("80", max_length=12, description="Of the unit's rating.")
    temperature_c: str | None = Field(None, max_length=12)
    by_mail: bool = True

    def preferences(self, customer_id: UUID) -> AlertPreferences:
        return AlertPreferences(
            customer_id,
            self.offline_minutes,
            _number(self.low_hashrate_percent, "low_hashrate_percent"),
            _number(self.temperature_c, "temperature_c"),
            self.by_mail,
        )


class ThresholdsAnswer(Thresholds):
    """Version 0: nothing was set yet; this holds for everybody."""

    version: int

    @classmethod
    def of(cls, known: AlertPreferences) -> ThresholdsAnswer:
        shown = {name: getattr(known, name) for name in ("offline_minutes", "by_mail", "version")}
        low, hot = (None if n is None else f"{n:f}" for n in (known.low_hashrate_percent, known.temperature_c))
        return cls(**shown, low_hashrate_percent=low, temperature_c=hot)


class AlertAnswer(BaseModel):
    id: UUID
    unit_id: UUID | None
    kind: str
    severity: str
    text: str
    raised_at: AwareDatetime
    cleared_at: AwareDatetime | None


class Filter(BaseModel):
    """Which alerts; `is_open` false: those that are over."""

    is_open: bool | None = None
    kind: list[Word] | None = Query(None, max_length=20)
    severity: list[Word] | None = Query(None, max_length=10)
    unit_id: UUID | None = None
    raised_from_at: Instant | None = None
    raised_to_at: Instant | None = None


class AlertList(BaseModel):
    items: list[AlertAnswer]
    next: str | None


PREFERENCES = "/v1/customers/{customer_id}/alert-preferences"


@router.get("/v1/customers/{customer_id}/alerts", **allow("customers.read"))
async def list_alerts(
    tx: Transaction,
    customer_id: UUID,
    page: Annotated[Page, paged(alerts.LISTING)],
    wanted: Annotated[Filter, Query()],
) -> AlertList:
    """What was wrong with the customer's units, as far as they want to hear of it, usually the newest first."""
    await customers.get(tx, customer_id)
    rows = await alerts.page(tx, customer_id, page, dict(wanted))
    shown: list[dict[str, Any]] = [AlertAnswer(id=r.alert_id, **r._mapping).model_dump() for r in rows]
    return AlertList(**page_of(shown, page))


@router.get(PREFERENCES, **allow("customers.read"))
async def read(tx: Transaction, customer_id: UUID, response: Response) -> ThresholdsAnswer:
    """The customer's thresholds."""
    await customers.get(tx, customer_id)
    known = await alerts.preferences(tx, customer_id)
    response.headers.update(etag(known.version))
    return ThresholdsAnswer.of(known)


@router.put(PREFERENCES, **allow("alert_preferences.write"))
async def write(
    tx: Transaction, caller: Caller, customer_id: UUID, body: Thresholds, version: IfMatch, response: Response
) -> ThresholdsAnswer:
    """Set them anew: by the customer's own people, or by the host for them."""
    at = await business_now(tx, caller.organization_id)
    wanted = body.preferences(customer_id)
    after = await set_alert_preferences(tx, caller.organization_id, wanted, version=version, at=at)
    response.headers.update(etag(after.version))
    return ThresholdsAnswer.of(after)


def _number(text: str | None, field: str) -> Decimal | None:
    return None if text is None else decimal_of(text, field=field)
