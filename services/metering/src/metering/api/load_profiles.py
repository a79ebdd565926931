"""`GET /v1/load-profiles`: energy and mean power in steps, of a unit, contract, customer or site."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import AwareDatetime, BaseModel

from common.clock import day_end, day_start
from common.errors import RuleBroken
from common.http import Caller, Transaction, allow, new_router
from common.money import exact_text
from common.organizations import organization
from metering.api.asked_days import AskedDays
from metering.domain.instants import hours_of, micros_of
from metering.domain.load import Wanted
from metering.domain.profile import LoadStep, Resolution
from metering.domain.values import Method
from metering.use_cases.load_profiles import Subject, load_profile

router = new_router("load-profiles")
_MOST_DAYS = {Resolution.QUARTER: 31, Resolution.HOUR: 92, Resolution.DAY: 400}


@dataclass
class Whose:
    """Whose load: exactly one of these."""

    unit_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None


class StepAnswer(BaseModel):
    """One step: energy over the unit-hours of which it is known, and that energy as mean power over the step."""

    from_at: AwareDatetime
    to_at: AwareDatetime
    energy_kwh: str
    unit_hours: str
    mean_kw: str


class ProfileAnswer(BaseModel):
    """A load profile: quarter hours and hours are those of UTC, days are the organization's. Figures are exact."""

    resolution: Resolution
    method: Method | None
    items: list[StepAnswer]


@router.get("/v1/load-profiles", **allow("usage.read"))
async def read_profile(
    tx: Transaction,
    caller: Caller,
    days: Annotated[AskedDays, Depends()],
    whose: Annotated[Whose, Depends()],
    resolution: Resolution = Resolution.HOUR,
    method: Method | None = None,
) -> ProfileAnswer:
    """By the method that counts at each instant, or by one method alone: then also time without a contract.

    A site's load is that of its units while their registers hung there (without any: of those that are there now). A
    customer's people see their contracts' time alone, whatever they ask for.
    """
    days.check(_MOST_DAYS[resolution])
    subject = _subject(whose, by_contract=caller.customer_id is not None)
    zone = (await organization(tx, caller.organization_id)).timezone
    wanted = Wanted(day_start(days.from_on, zone), day_end(days.to_on, zone), resolution, zone, method)
    steps = await load_profile(tx, caller.organization_id, subject, wanted)
    return ProfileAnswer(resolution=resolution, method=method, items=[_answer(one) for one in steps])


def _subject(whose: Whose, *, by_contract: bool) -> Subject:
    named = [one for one in (whose.unit_id, whose.contract_id, whose.customer_id, whose.site_id) if one is not None]
    if len(named) != 1:
        raise RuleBroken(
            f"{len(named)} of unit_id, contract_id, customer_id and site_id are named.",
            field="unit_id",
            remedy="name exactly one of the four",
        )
    return Subject(whose.unit_id, whose.contract_id, whose.customer_id, whose.site_id, by_contract)


def _answer(one: LoadStep) -> StepAnswer:
    hours = hours_of(micros_of(one.to_at) - micros_of(one.from_at))
    return StepAnswer(
        from_at=one.from_at,
        to_at=one.to_at,
        energy_kwh=exact_text(one.energy_kwh),
        unit_hours=exact_text(one.hours),
        mean_kw=exact_text(one.energy_kwh / hours if hours else Fraction(0)),
    )
