"""Requests and answers about machines: what they are, where they stand, what has become of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from common.db import new_id
from common.http import Body
from common.listing import Instant
from common.money import exact_of, exact_text
from contracts.api.schemas import AssignmentAnswer
from contracts.api.texts import Day, Figure, Label, Mac, Name, Reason, Remark
from contracts.domain.units import RatingSource, Unit, UnitState
from contracts.store.units import Machine
from contracts.use_cases.hand_over_unit import HandOver


class UnitFields(Body):
    """A machine; no `customer_id` means that it is the host's own."""

    name: Name = Field(examples=["PDU-A-M01"])
    model: Name = Field(examples=["Antminer S21"])
    site_id: UUID
    rated_w: Figure
    rated_ths: Figure
    efficiency_jth: Figure | None = Field(None, description="Blank: rated W / TH/s.")
    rating_source: RatingSource | None = Field(None, description="Who says so; blank: the nameplate.")
    rated_on: Day | None = Field(None, description="The day of the rating, where it was measured.")
    customer_id: UUID | None = None
    serial: Label | None = None
    mac: Mac | None = None
    operational_on: Day | None = None

    def machine(self, unit_id: UUID | None = None, version: int = 1) -> Machine:
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
        )
        source = self.rating_source or RatingSource.NAMEPLATE
        return Machine(
            unit,
            self.name,
            self.site_id,
            self.serial,
            self.mac,
            self.operational_on,
            version,
            rating_source=source,
            rated_on=self.rated_on,
        )


class NewUnit(UnitFields):
    """A machine that comes to the host."""

    state: Literal["received", "staged", "unassigned"] = "staged"
    place_id: UUID | None = None

    def new(self) -> Machine:
        machine = self.machine()
        standing = UnitState(self.state)
        return replace(machine, unit=replace(machine.unit, state=standing), standing=standing, place_id=self.place_id)


class UnitChange(UnitFields):
    """A machine as it is from now on; a new rating counts from this instant. Its place stays while its site does."""

    is_out_of_service: bool = False

    def changed(self, before: Machine) -> Machine:
        """What is blank of the rating's source stays, unless the rating itself is another."""
        after = self.machine(before.unit_id, before.version + 1)
        standing = before.standing
        if self.is_out_of_service:
            standing = UnitState.OUT_OF_SERVICE
        elif standing is UnitState.OUT_OF_SERVICE:
            standing = UnitState.STAGED
        place_id = before.place_id if before.site_id == after.site_id else None
        if self.rating_source is None and _rating(before) == _rating(after):
            after = replace(after, rating_source=before.rating_source, rated_on=before.rated_on)
        return replace(after, standing=standing, place_id=place_id)


def _rating(machine: Machine) -> tuple[Fraction, Fraction, Fraction | None]:
    return machine.unit.rated_w, machine.unit.rated_ths, machine.unit.efficiency_jth


class UnitAnswer(BaseModel):
    id: UUID
    name: str
    model: str
    site_id: UUID
    place_id: UUID | None
    rated_w: str
    rated_ths: str
    efficiency_jth: str | None
    rating_source: RatingSource
    rated_on: date | None
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
            place_id=machine.place_id,
            rated_w=exact_text(unit.rated_w),
            rated_ths=exact_text(unit.rated_ths),
            efficiency_jth=exact_text(unit.efficiency_jth) if unit.efficiency_jth is not None else None,
            rating_source=machine.rating_source,
            rated_on=machine.rated_on,
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
    """Many machines at once; `dry_run` says what would be refused and adds none."""

    units: list[NewUnit] = Field(min_length=1, max_length=1000)
    dry_run: bool = False


class Refusal(BaseModel):
    """Why one entry of many was not taken."""

    index: int
    field: str | None
    message: str
    remedy: str | None = None


class UnitsAnswer(BaseModel):
    """What became of each: those added, and those refused with the reason."""

    added: list[UnitAnswer]
    refused: list[Refusal]


class Move(Body):
    """Where a machine goes: a site, and a place in it where that is known."""

    site_id: UUID
    place_id: UUID | None = None
    moved_at: Instant | None = Field(None, description="Blank: now.")
    reason: Remark = ""


class StateIn(Body):
    """What has become of a machine."""

    state: UnitState
    reason: Remark = ""


class Energizing(Body):
    """The day on which a machine begins to run."""

    on: Day


class HistoryAnswer(BaseModel):
    """One change of a machine: of its rating, place, owner, state or identity."""

    id: UUID
    kind: str
    at: datetime
    reason: str
    by: str
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of_row(cls, row: Any) -> HistoryAnswer:
        return cls(id=row.entry_id, **{name: getattr(row, name) for name in cls.model_fields if name != "id"})


class HistoryList(BaseModel):
    items: list[HistoryAnswer]
    next: str | None


class StockRow(BaseModel):
    """How many of the host's own machines of a model are in a state, and their rated power."""

    model: str
    state: UnitState
    count: int
    rated_kw: str


class StockAnswer(BaseModel):
    items: list[StockRow]

    @classmethod
    def of(cls, rows: Sequence[tuple[str, str, int, Fraction]]) -> StockAnswer:
        shown = [
            StockRow(model=model, state=UnitState(state), count=count, rated_kw=exact_text(power_w / 1000))
            for model, state, count, power_w in rows
        ]
        return cls(items=shown)


class Swap(Body):
    """Another machine in place of one that fails; how the old one's register stood, where somebody looked."""

    unit_id: UUID
    at: Instant
    old_unit_becomes: Literal[UnitState.OUT_OF_SERVICE, UnitState.RETURNED, UnitState.STAGED] = Field(
        UnitState.OUT_OF_SERVICE
    )
    register_kwh: Figure | None = None
    reason: Reason


class HandOverIn(Body):
    """The contract for which the machine goes on."""

    contract_id: UUID
    at: Instant
    register_kwh: Figure | None = None
    reason: Remark = ""


class HandOverAnswer(BaseModel):
    """What ended, what began, and what splits the energy at the instant between them (rule 2.6)."""

    id: UUID
    at: datetime
    split_by: str
    register_kwh: str | None
    left: AssignmentAnswer
    made: AssignmentAnswer

    @classmethod
    def of(cls, done: HandOver) -> HandOverAnswer:
        return cls(
            id=done.hand_over_id,
            at=done.at,
            split_by=done.split.value,
            register_kwh=exact_text(done.register_kwh) if done.register_kwh is not None else None,
            left=AssignmentAnswer.of(done.left),
            made=AssignmentAnswer.of(done.made),
        )


def _exact(text: str, field: str) -> Fraction:
    return exact_of(text, field=field)
