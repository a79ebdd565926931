"""`GET /v1/usage`: per unit, day and method, with revision and quality; open days as they stand now."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel

from common.db import Tx
from common.http import Caller, Transaction, allow, new_router
from common.listing import Page, paged
from events.metering import UsageMeasured
from metering.api.asked_days import AskedDays
from metering.domain.values import Method
from metering.store import copies, places, spans
from metering.use_cases.running_usage import running_usage

router = new_router("usage")


MOST_DAYS = 4000


@dataclass
class Asked(AskedDays):
    """Which usage, from one local day to another; `quality`: of any method that counted.

    `site_id`: where the unit's registers hung then; without any, where the unit is now.
    """

    unit_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    method: Annotated[list[Method] | None, Query(max_length=10)] = None
    quality: Literal["measured", "estimated"] | None = None

    def fits(self, event: UsageMeasured) -> bool:
        """Whether a span that is not closed yet is wanted."""
        ids = (self.contract_id, event.contract_id), (self.customer_id, event.customer_id)
        used = event.by_method.items()
        return (
            all(wanted in (None, own) for wanted, own in ids)
            and (not self.method or any(name in self.method for name, _ in used))
            and (self.quality is None or any(one.estimated is (self.quality == "estimated") for _, one in used))
        )


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
    page: Annotated[Page, paged(spans.LISTING)],
    asked: Annotated[Asked, Depends()],
) -> UsageList:
    """Usage over local days, both included. Open days need a unit or a contract; they are the last in order of day."""
    asked.check(MOST_DAYS)
    stored = await spans.page(tx, page, asdict(asked))
    items = [UsageAnswer.of(UsageMeasured.model_validate_json(one.body), one.revision) for one in stored]
    if page.sort == "day" and page.next is None:
        items += await running(tx, caller.organization_id, asked)
    if page.sort == "-day" and page.after is None:
        items = [*reversed(await running(tx, caller.organization_id, asked)), *items]
    return UsageList(items=items, next=page.next)


async def running(tx: Tx, organization_id: UUID, asked: Asked) -> list[UsageAnswer]:
    """The usage of open days of a unit or contract, as the evidence at hand gives it now; else none."""
    if not (asked.unit_id or asked.contract_id):
        return []
    units = [asked.unit_id] if asked.unit_id else await copies.units_on(tx, [c for c in [asked.contract_id] if c])
    found = [
        one for one in await running_usage(tx, organization_id, units, asked.from_on, asked.to_on) if asked.fits(one)
    ]
    if asked.site_id is not None:
        there = await places.of_spans(tx, asked.site_id, [(one.unit_id, one.from_at, one.to_at) for one in found])
        found = [one for one in found if (one.unit_id, one.from_at, one.to_at) in there]
    return [UsageAnswer.of(one, 0) for one in found]
