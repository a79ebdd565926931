"""`GET /v1/evidence`: reads that are kept and not used, or that contradict each other, for the host to resolve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import column

from common.clock import instant_of, instant_text
from common.errors import RuleBroken
from common.http import Caller, Transaction, allow, new_router
from common.listing import Listing, Page, page_of, paged
from common.organizations import organization
from metering.api.asked_days import AskedDays
from metering.domain.findings import Finding, within
from metering.use_cases.derive_days import Days
from metering.use_cases.list_evidence import list_evidence

router = new_router("evidence")
MOST_DAYS = 31
Reason = Literal["duplicate_value", "out_of_range", "outside_life", "spike", "dropout"]


LISTING = Listing(key=(), sorts={"from_at": column("from_at")}, filters={}, usual="from_at")


@dataclass
class Filter:
    """Which findings."""

    unit_id: UUID | None = None
    reason: Annotated[list[Reason] | None, Query(max_length=5)] = None
    position: Annotated[int | None, Query(ge=1, le=1000)] = None

    def fits(self, one: Finding) -> bool:
        return (not self.reason or one.reason in self.reason) and self.position in (None, one.position)


class FindingAnswer(BaseModel):
    """Reads of one position set aside for one reason; energies in Wh as they came."""

    pdu_id: UUID
    position: int
    channel_id: UUID | None
    unit_id: UUID | None
    reason: Reason
    from_at: AwareDatetime
    to_at: AwareDatetime
    read_count: int
    first_energy_wh: int
    last_energy_wh: int


class FindingList(BaseModel):
    """A page of findings in order of time."""

    items: list[FindingAnswer]
    next: str | None


@router.get("/v1/evidence", **allow("meters.read"))
async def read_evidence(
    tx: Transaction,
    caller: Caller,
    page: Annotated[Page, paged(LISTING)],
    days: Annotated[AskedDays, Depends()],
    pdu_id: UUID,
    wanted: Annotated[Filter, Depends()],
) -> FindingList:
    """A second value for an instant, registers beyond the modulus, reads while no channel lived, spikes, dropouts."""
    days.check(MOST_DAYS)
    zone = (await organization(tx, caller.organization_id)).timezone
    asked = Days(days.from_on, days.to_on, zone)
    every = await list_evidence(tx, caller.organization_id, pdu_id, asked, unit_id=wanted.unit_id)
    found = [one for one in every if wanted.fits(one)]
    rest = within(found, _place(page.after), newest_first=page.sort == "-from_at")[: page.limit + 1]
    shown = page_of([{"one": one, "at": _cursor(one)} for one in rest], page, key="at")
    return FindingList(items=[_answer(pdu_id, row["one"]) for row in shown["items"]], next=shown["next"])


def _answer(pdu_id: UUID, one: Finding) -> FindingAnswer:
    return FindingAnswer.model_validate({"pdu_id": pdu_id} | {name: getattr(one, name) for name in Finding.__slots__})


def _cursor(one: Finding) -> str:
    return f"{instant_text(one.from_at)} {one.position} {one.reason} {one.first_energy_wh}"


def _place(after: list[str | None] | None) -> tuple[datetime, int, str, int] | None:
    if after is None:
        return None
    parts = (after[0] or "").split(" ")
    if len(parts) != 4 or not parts[1].isdigit() or not parts[3].isdigit():
        raise RuleBroken("This cursor is not one of ours.", field="after", remedy="send `next` as it came")
    return instant_of(parts[0], field="after"), int(parts[1]), parts[2], int(parts[3])
