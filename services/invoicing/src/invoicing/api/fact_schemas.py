"""Requests and answers about market prices, site events and utility bills."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from common.http import Body
from common.money import round_half_up
from invoicing.api.money_schemas import DecimalIn
from invoicing.domain.lines import KWH_DECIMALS
from invoicing.domain.site_facts import ExcusedClass, PriceRow
from invoicing.domain.utility_closure import Closure
from invoicing.store.facts import KeptBill, KeptEvent


def printed_kwh(energy: Fraction) -> Decimal:
    """Energy to 0.001 kWh, half up."""
    return round_half_up(energy, KWH_DECIMALS)


Market = Annotated[str, Field(min_length=1, max_length=80, examples=["ERCOT HB_WEST DAM"])]


class NewPrice(Body):
    """A price over half-open [from_at, to_at), edges on quarter hours; negative is legal."""

    from_at: AwareDatetime
    to_at: AwareDatetime
    per_mwh: DecimalIn


class NewPrices(Body):
    market: Market
    rows: list[NewPrice] = Field(min_length=1, max_length=3000)


class PriceAnswer(BaseModel):
    from_at: AwareDatetime
    to_at: AwareDatetime
    per_mwh: str

    @classmethod
    def of(cls, row: PriceRow) -> PriceAnswer:
        return cls(from_at=row.from_at, to_at=row.to_at, per_mwh=f"{row.per_mwh:f}")


class PriceList(BaseModel):
    items: list[PriceAnswer]
    next: str | None


class NewEvent(Body):
    """A curtailment, or a span in which down time is excused; without units and site it concerns every unit."""

    kind: Literal["curtailment", "excused"]
    excused: ExcusedClass | None = Field(None, description="Why down time is excused; only with kind excused.")
    from_at: AwareDatetime
    to_at: AwareDatetime
    site_id: UUID | None = None
    unit_ids: list[UUID] = Field(default_factory=list, max_length=5000)
    programme: str = Field("", max_length=120)
    proceeds: DecimalIn | None = Field(None, description="What the programme paid the host for it.")
    replaces: UUID | None = Field(None, description="The event that this is another version of.")

    @model_validator(mode="after")
    def fitting(self) -> NewEvent:
        if (self.kind == "excused") != (self.excused is not None):
            raise ValueError("excused: name the class for kind excused, and only then")
        if self.kind == "excused" and self.proceeds is not None:
            raise ValueError("proceeds: only a curtailment has any")
        return self


class FactMade(BaseModel):
    id: UUID


class EventAnswer(BaseModel):
    id: UUID
    kind: str
    excused: str | None
    from_at: AwareDatetime
    to_at: AwareDatetime
    site_id: UUID | None
    unit_ids: list[UUID]
    programme: str
    proceeds: str | None

    @classmethod
    def of(cls, event: KeptEvent) -> EventAnswer:
        shown = {name: getattr(event, name) for name in cls.model_fields if name != "id"}
        return cls(id=event.event_id, **shown)


class EventList(BaseModel):
    items: list[EventAnswer]
    next: str | None


class NewBill(Body):
    """A utility's bill over half-open [from_at, to_at); `host_kwh` is what the host used itself beside contracts."""

    site_id: UUID
    from_at: AwareDatetime
    to_at: AwareDatetime
    energy_kwh: DecimalIn
    host_kwh: DecimalIn = "0"
    replaces: UUID | None = None


class LossAnswer(BaseModel):
    """One party's measured energy and its part of the loss; no contract: the host."""

    contract_id: UUID | None
    metered_kwh: str
    loss_kwh: str


class BillAnswer(BaseModel):
    """The bill against the meters; a negative loss is shown and shared by nobody."""

    id: UUID
    site_id: UUID
    from_at: AwareDatetime
    to_at: AwareDatetime
    energy_kwh: str
    metered_kwh: str
    loss_kwh: str
    variance_percent: str | None
    variance_band: str | None
    shares: list[LossAnswer]

    @classmethod
    def of(cls, bill: KeptBill, closure: Closure) -> BillAnswer:
        variance = closure.variance
        return cls(
            id=bill.bill_id,
            site_id=bill.site_id,
            from_at=bill.from_at,
            to_at=bill.to_at,
            energy_kwh=bill.energy_kwh,
            metered_kwh=f"{printed_kwh(closure.metered_kwh):f}",
            loss_kwh=f"{closure.loss_kwh:f}",
            variance_percent=f"{variance.percent:f}" if variance else None,
            variance_band=variance.band.value if variance else None,
            shares=[
                LossAnswer(
                    contract_id=UUID(party.contract_id) if party.contract_id else None,
                    metered_kwh=f"{printed_kwh(party.metered_kwh):f}",
                    loss_kwh=f"{share:f}",
                )
                for party, share in closure.shares
            ],
        )


class BillList(BaseModel):
    items: list[BillAnswer]
    next: str | None
