"""`GET /v1/usage`: per unit, day and method, with revision and quality; open days as they stand now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import AwareDatetime, BaseModel

from common.clock import instant_of, instant_text
from common.db import Tx
from common.errors import RuleBroken
from common.http import Caller, Page, Paged, Transaction, allow, new_router, page_of
from events.metering import UsageMeasured
from metering.api.asked_days import AskedDays
from metering.store import copies, spans
from metering.use_cases.running_usage import running_usage

router = new_router("usage")


MOST_DAYS = 4000


@dataclass
class Asked(AskedDays):
    """Which usage: of a unit, of a contract, or all; from one local day to another."""

    unit_id: UUID | None = None
    contract_id: UUID | None = None


class MethodAnswer(BaseModel):
    """What one method counted; exact figures (a fraction where a decimal does not end)."""

    method: str
    energy_kwh: str
    hours: str
    quality: Literal["measured", "estimated"]


class UsageAnswer(BaseModel):
    """A unit's usage for a contract over a local day, or a part of it. Revision 0: the day is not closed yet."""

    unit_id: UUID
    contract_id: UUID
    day: date
    from_at: AwareDatetime
    to_at: AwareDatetime
    revision: int
    is_final: bool
    methods: list[MethodAnswer]
    failover_hours: str
    unbilled_hours: str
    flags: list[str]

    @classmethod
    def of(cls, event: UsageMeasured, revision: int) -> UsageAnswer:
        return cls(
            unit_id=event.unit_id,
            contract_id=event.contract_id,
            day=event.day,
            from_at=event.from_at,
            to_at=event.to_at,
            revision=revision,
            is_final=revision > 0,
            methods=[
                MethodAnswer(
                    method=method,
                    energy_kwh=used.energy_kwh,
                    hours=used.hours,
                    quality="estimated" if used.estimated else "measured",
                )
                for method, used in event.by_method.items()
            ],
            failover_hours=event.failover.hours if event.failover else "0",
            unbilled_hours=event.unbilled_hours,
            flags=event.flags,
        )


class UsageList(BaseModel):
    """A page of usage in order of day, unit and time; open days follow the closed ones on the last page."""

    items: list[UsageAnswer]
    next: str | None


@router.get("/v1/usage", **allow("usage.read"))
async def read_usage(
    tx: Transaction,
    caller: Caller,
    page: Paged,
    asked: Annotated[Asked, Depends()],
) -> UsageList:
    """Usage of a unit or a contract over local days, both included. Open days need one of the two named."""
    asked.check(MOST_DAYS)
    of = (asked.unit_id, asked.contract_id)
    stored = await spans.listed(tx, (asked.from_on, asked.to_on), of, _after(page), page.limit + 1)
    rows = [_row(UsageMeasured.model_validate_json(one.body), one.revision) for one in stored]
    shown = page_of(rows, page, key="at")
    items = [UsageAnswer(**{name: value for name, value in row.items() if name != "at"}) for row in shown["items"]]
    if shown["next"] is None and any(of):
        items += await running(tx, caller.organization_id, of, (asked.from_on, asked.to_on))
    return UsageList(items=items, next=shown["next"])


async def running(
    tx: Tx, organization_id: UUID, of: tuple[UUID | None, UUID | None], days: tuple[date, date]
) -> list[UsageAnswer]:
    """The usage of open days of a unit or contract, as the evidence at hand gives it now."""
    unit_id, contract_id = of
    units = [unit_id] if unit_id else await copies.units_on(tx, [contract_id] if contract_id else [])
    found = await running_usage(tx, organization_id, units, *days)
    return [UsageAnswer.of(one, 0) for one in found if contract_id in (None, one.contract_id)]


def _row(event: UsageMeasured, revision: int) -> dict[str, Any]:
    at = f"{event.day} {event.unit_id} {instant_text(event.from_at)}"
    return UsageAnswer.of(event, revision).model_dump() | {"at": at}


def _after(page: Page) -> tuple[date, UUID, Any] | None:
    if page.after is None:
        return None
    try:
        day, unit_id, from_at = page.after.split(" ")
        return date.fromisoformat(day), UUID(unit_id), instant_of(from_at)
    except ValueError:
        raise RuleBroken("This cursor is not one of ours.", field="after", remedy="send `next` as it came") from None
