"""`/v1/alerts`: what is or was wrong with units, PDUs, registers and power caps (CM-29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.errors import RuleBroken
from common.http import Paged, Transaction, allow, new_router, page_of
from metering.domain.alert_rules import AlertKind, Severity
from metering.store import alerts
from metering.store.alerts import Alert, Filter

router = new_router("alerts")


@dataclass
class Wanted:
    """Which alerts; what is not named does not matter."""

    state: Literal["open", "closed"] | None = None
    kind: AlertKind | None = None
    unit_id: UUID | None = None
    contract_id: UUID | None = None


class AlertAnswer(BaseModel):
    """An alert. `observed` and `threshold`: percent of the rated hashrate, degrees Celsius, percent of the cap."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)
    id: UUID = Field(validation_alias="alert_id")
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


class AlertList(BaseModel):
    """A page of alerts, the newest first."""

    items: list[AlertAnswer]
    next: str | None


@router.get("/v1/alerts", **allow("alerts.read"))
async def list_alerts(tx: Transaction, page: Paged, wanted: Annotated[Wanted, Depends()]) -> AlertList:
    """The alerts; a customer's people see those that concern them and that their host shows."""
    is_open = None if wanted.state is None else wanted.state == "open"
    chosen = Filter(is_open, wanted.kind, wanted.unit_id, wanted.contract_id)
    found = await alerts.listed(tx, chosen, _place(page.after), page.limit)
    return AlertList(**page_of([_answer(one).model_dump() for one in found], page))


@router.get("/v1/alerts/{alert_id}", **allow("alerts.read"))
async def read_alert(tx: Transaction, alert_id: UUID) -> AlertAnswer:
    """One alert."""
    return _answer(await alerts.one(tx, alert_id))


def _place(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise RuleBroken("This cursor is not one of ours.", field="after", remedy="send `next` as it came") from None


def _answer(found: Alert) -> AlertAnswer:
    return AlertAnswer.model_validate(found)
