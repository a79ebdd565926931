"""Requests and answers about sites and units."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from common.db import new_id
from common.http import Body
from common.money import exact_of, exact_text
from contracts.domain.rates import rate_of
from contracts.domain.sites import Site
from contracts.domain.units import Unit, UnitState
from contracts.store.assignments import Held
from contracts.store.units import Machine

Figure = Field(max_length=40, examples=["3500"])


class SiteFields(Body):
    """A site; the code is the host's short name for it."""

    name: str = Field(min_length=1, max_length=120, examples=["Amarillo 1"])
    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["AMA-1"])
    timezone: str = Field(max_length=64, examples=["America/Chicago"])
    capacity_kw: str = Field(max_length=40, examples=["5000"])
    region: str = Field("", max_length=120)
    city: str = Field("", max_length=120)
    energy_rate: str | None = Field(None, max_length=40, description="What new contracts of the site begin with.")

    def site(self, site_id: UUID, currency: str) -> Site:
        rate = rate_of(self.energy_rate, currency, field="energy_rate") if self.energy_rate is not None else None
        capacity = exact_of(self.capacity_kw, field="capacity_kw")
        return Site(str(site_id), self.name, self.timezone, capacity, self.region, self.city, rate)


class SiteAnswer(BaseModel):
    id: UUID
    name: str
    code: str
    timezone: str
    capacity_kw: str
    region: str
    city: str
    energy_rate: str | None
    version: int

    @classmethod
    def of_row(cls, row: Any) -> SiteAnswer:
        shown = {name: getattr(row, name) for name in cls.model_fields if name != "id"}
        return cls(id=row.site_id, **shown)


class SiteList(BaseModel):
    items: list[SiteAnswer]
    next: str | None


class UnitFields(Body):
    """A machine; no `customer_id` means that it is the host's own."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f<>]+$", examples=["PDU-A-M01"])
    model: str = Field(min_length=1, max_length=80, examples=["Antminer S21"])
    site_id: UUID
    rated_w: str = Figure
    rated_ths: str = Figure
    efficiency_jth: str | None = Field(None, max_length=40, description="Blank: rated W / TH/s.")
    customer_id: UUID | None = None
    serial: str | None = Field(None, max_length=80)
    mac: str | None = Field(None, pattern=r"^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$")
    operational_on: date | None = None

    def machine(self, unit_id: UUID | None = None, version: int = 1, *, out_of_service: bool = False) -> Machine:
        unit_id = unit_id or new_id()
        unit = Unit(
            unit_id=str(unit_id),
            serial=self.name,
            model=self.model,
            rated_w=_exact(self.rated_w, "rated_w"),
            rated_ths=_exact(self.rated_ths, "rated_ths"),
            efficiency_jth=_exact(self.efficiency_jth, "efficiency_jth") if self.efficiency_jth is not None else None,
            owner_customer_id=str(self.customer_id) if self.customer_id else None,
            site_id=str(self.site_id),
            state=UnitState.OUT_OF_SERVICE if out_of_service else UnitState.STAGED,
        )
        return Machine(unit, self.name, self.site_id, self.serial, self.mac, self.operational_on, version)


class UnitChange(UnitFields):
    """A machine as it is from now on; a new rating counts from this instant."""

    is_out_of_service: bool = False


class UnitAnswer(BaseModel):
    id: UUID
    name: str
    model: str
    site_id: UUID
    rated_w: str
    rated_ths: str
    efficiency_jth: str | None
    customer_id: UUID | None
    serial: str | None
    mac: str | None
    operational_on: date | None
    state: UnitState
    version: int

    @classmethod
    def of(cls, machine: Machine) -> UnitAnswer:
        unit = machine.unit
        return cls(
            id=machine.unit_id,
            name=machine.name,
            model=unit.model,
            site_id=machine.site_id,
            rated_w=exact_text(unit.rated_w),
            rated_ths=exact_text(unit.rated_ths),
            efficiency_jth=exact_text(unit.efficiency_jth) if unit.efficiency_jth is not None else None,
            customer_id=UUID(unit.owner_customer_id) if unit.owner_customer_id else None,
            serial=machine.serial,
            mac=machine.mac,
            operational_on=machine.operational_on,
            state=unit.state,
            version=machine.version,
        )


class UnitList(BaseModel):
    items: list[UnitAnswer]
    next: str | None


class NewUnits(Body):
    """Many machines at once."""

    units: list[UnitFields] = Field(min_length=1, max_length=1000)


class Refusal(BaseModel):
    """Why one entry of many was not taken."""

    index: int
    field: str | None
    message: str


class UnitsAnswer(BaseModel):
    """What became of each: those added, and those refused with the reason."""

    added: list[UnitAnswer]
    refused: list[Refusal]


class NewAssignment(Body):
    """A unit for an active contract from an instant on."""

    contract_id: UUID
    unit_id: UUID
    from_at: AwareDatetime


class Release(Body):
    """The instant at which a unit stops to count for the contract."""

    to_at: AwareDatetime


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


def _exact(text: str, field: str) -> Fraction:
    return exact_of(text, field=field)
