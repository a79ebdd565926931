"""`GET /v1/site-power/{site_id}`: nameplate, drawn, billed and metered power of a site, and its PDU coverage."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from common.http import Caller, Transaction, allow, new_router
from common.money import exact_text, round_half_up
from metering.use_cases.site_power import SitePower, site_power

router = new_router("site-power")


class Coverage(BaseModel):
    """How much of the site the PDUs see: units with a live channel, unit-hours measured, PDUs heard of late."""

    units: int
    units_with_channel: int
    metered_unit_hours: str
    unit_hours: str
    pdus: int
    pdus_heard: int


class SitePowerAnswer(BaseModel):
    """Mean kW over the span, except `nameplate_kw` (rated, now) and `drawn_kw` (what the PDUs said last).

    `variance_percent` is billed against metered where both are known, signed, to four decimals (rule 4.4).
    """

    from_at: AwareDatetime
    to_at: AwareDatetime
    nameplate_kw: str
    drawn_kw: str | None
    billed_kw: str
    metered_kw: str
    variance_percent: str | None
    coverage: Coverage


@router.get("/v1/site-power/{site_id}", **allow("meters.read"))
async def read_site_power(
    tx: Transaction, caller: Caller, site_id: UUID, hours: Annotated[int, Query(ge=1, le=168)] = 1
) -> SitePowerAnswer:
    """The site now and over the last hours, by the organization's clock."""
    return _answer(await site_power(tx, caller.organization_id, site_id, hours), hours)


def _answer(found: SitePower, hours: int) -> SitePowerAnswer:
    energy, variance = found.energy, found.energy.variance_percent
    return SitePowerAnswer(
        from_at=found.from_at,
        to_at=found.to_at,
        nameplate_kw=_kw(found.nameplate_w),
        drawn_kw=None if found.drawn_w is None else _kw(found.drawn_w),
        billed_kw=exact_text(energy.billed_kwh / hours),
        metered_kw=exact_text(energy.metered_kwh / hours),
        variance_percent=None if variance is None else f"{round_half_up(variance, 4):f}",
        coverage=Coverage(
            units=found.unit_count,
            units_with_channel=found.units_with_channel,
            metered_unit_hours=exact_text(energy.metered_hours),
            unit_hours=exact_text(Fraction(found.unit_count * hours)),
            pdus=found.pdu_count,
            pdus_heard=found.pdus_heard,
        ),
    )


def _kw(watts: Fraction) -> str:
    return exact_text(watts / 1000)
