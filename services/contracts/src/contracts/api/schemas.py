"""Requests and answers about sites and assignments."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from common.listing import Instant
from common.money import exact_of, exact_text
from contracts.api.texts import LongName, Place
from contracts.domain.rates import rate_of
from contracts.domain.sites import Site
from contracts.store.assignments import Held


class SiteFields(Body):
    """A site; the code is the host's short name for it."""

    name: LongName
    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["AMA-1"])
    timezone: str = Field(max_length=64, examples=["America/Chicago"])
    capacity_kw: str = Field(max_length=40, examples=["5000"])
    region: Place = Field("", description="State or province; printed on invoices, decides about tax.")
    city: Place = ""
    country: str = Field("", max_length=2, description="Two capital letters, as US.")
    energy_rate: str | None = Field(
        None, max_length=40, description="Energy cost per kWh: what new contracts of the site begin with."
    )

    def site(self, site_id: UUID, currency: str) -> Site:
        rate = rate_of(self.energy_rate, currency, field="energy_rate") if self.energy_rate is not None else None
        capacity = exact_of(self.capacity_kw, field="capacity_kw")
        return Site(
            str(site_id), self.name, self.timezone, capacity, self.region, self.city, rate, country=self.country
        )


class SiteAnswer(BaseModel):
    """A site with the rated power that stands in it. What its energy costs is the host's alone: never for a portal."""

    id: UUID
    name: str
    code: str
    timezone: str
    capacity_kw: str
    connected_kw: str | None = None
    region: str
    city: str
    country: str
    energy_rate: str | None
    version: int

    @classmethod
    def of_row(cls, row: Any, *, for_customer: bool = False, connected_w: Fraction | None = None) -> SiteAnswer:
        shown = {name: getattr(row, name) for name in cls.model_fields if name not in ("id", "connected_kw")}
        if for_customer:
            shown["energy_rate"] = None
        connected_kw = exact_text(connected_w / 1000) if connected_w is not None else None
        return cls(id=row.site_id, connected_kw=connected_kw, **shown)


class SiteList(BaseModel):
    items: list[SiteAnswer]
    next: str | None


class NewAssignment(Body):
    """A unit for an active contract from an instant on."""

    contract_id: UUID
    unit_id: UUID
    from_at: Instant


class Release(Body):
    """The instant at which a unit stops to count for the contract."""

    to_at: Instant


class AssignmentAnswer(BaseModel):
    id: UUID
    unit_id: UUID
    contract_id: UUID
    customer_id: UUID
    from_at: datetime
    to_at: datetime | None
    counts_to_at: datetime | None

    @classmethod
    def of(cls, held: Held) -> AssignmentAnswer:
        one = held.assignment
        return cls(
            id=held.assignment_id,
            unit_id=UUID(one.unit_id),
            contract_id=UUID(one.contract_id),
            customer_id=held.customer_id,
            from_at=one.from_at,
            to_at=one.to_at,
            counts_to_at=held.counts_to_at,
        )


class AssignmentList(BaseModel):
    items: list[AssignmentAnswer]
    next: str | None
