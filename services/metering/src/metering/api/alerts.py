"""`/v1/alerts`: what is or was wrong with units, PDUs, registers and power caps (CM-29)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field

from common.http import Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from metering.domain.alert_rules import AlertKind, Severity
from metering.store import alerts
from metering.store.alerts import Alert

router = new_router("alerts")


class Filter(BaseModel):
    """Which alerts; `site_id`: about the site, a PDU of it, or a unit that hangs on one now.

    `by_own_threshold`: those by a threshold that a customer set, or (false) those by the host's rules.
    """

    state: Literal["open", "closed"] | None = None
    kind: list[AlertKind] | None = Query(None, max_length=20)
    severity: list[Severity] | None = Query(None, max_length=5)
    unit_id: UUID | None = None
    pdu_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    by_own_threshold: bool | None = None
    opened_from_at: Instant | None = None
    opened_to_at: Instant | None = None


class AlertAnswer(BaseModel):
    """An alert. `observed` and `threshold`: percent of the rated hashrate, degrees Celsius, percent of the cap."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)
    id: UUID = Field(validation_alias=AliasChoices("id", "alert_id"))
    kind: AlertKind
    severity: Severity
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    detail: str
    observed: str | None
    threshold: str | None
    unit_id: UUID | None
    pdu_id: UUID | None
    contract_id: UUID | None
    site_id: UUID | None = Field(description="The site whose telemetry has stopped.")
    customer_id: UUID | None = Field(description="The customer who sees it; none where it is the host's alone.")
    by_own_threshold: bool = Field(
        description="Told by the threshold that the customer set; the host's own rule tells the host beside it."
    )


class AlertList(BaseModel):
    """A page of alerts, the newest first."""

    items: list[AlertAnswer]
    next: str | None


@router.get("/v1/alerts", **allow("alerts.read"))
async def list_alerts(
    tx: Transaction, page: Annotated[Page, paged(alerts.LISTING)], wanted: Annotated[Filter, Query()]
) -> AlertList:
    """The alerts; a customer's people see those that concern them and that their host shows."""
    found = await alerts.page(tx, page, dict(wanted))
    return AlertList(**page_of([_answer(one).model_dump() for one in found], page))


@router.get("/v1/alerts/{alert_id}", **allow("alerts.read"))
async def read_alert(tx: Transaction, alert_id: UUID) -> AlertAnswer:
    """One alert."""
    return _answer(await alerts.one(tx, alert_id))


def _answer(found: Alert) -> AlertAnswer:
    return AlertAnswer.model_validate(found)
