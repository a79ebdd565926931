"""Requests and answers about contracts: the wizard's fields, and the agreement they make (CB-26 to CB-47)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from common.http import Body
from contracts.domain import extras
from contracts.domain.contract import ContractType
from contracts.domain.extensions import DEFAULT_LIMIT
from contracts.domain.pricing import (
    FailoverMode,
    FeeBasis,
    Method,
    Plan,
    PrepaidPlan,
)
from contracts.domain.renewal import DEFAULT_NOTICE_DAYS
from contracts.domain.terms import TermKind

DecimalIn = Annotated[str, Field(max_length=40)]


class FailoverIn(Body):
    """The price of time without evidence: a percentage of the hashprice, or a rate."""

    mode: FailoverMode
    percent: DecimalIn | None = None
    rate_per_kwh: DecimalIn | None = None


class SpecIn(Body):
    model: str = Field(min_length=1, max_length=80)
    hashrate_ths: DecimalIn
    efficiency_jth: DecimalIn


class ConnectorFeeIn(Body):
    percent: DecimalIn
    basis: FeeBasis = FeeBasis.EXPECTED_REVENUE


class SiteFeeIn(Body):
    site_id: UUID
    fee_monthly: DecimalIn
    from_on: date | None = None
    to_on: date | None = None


class EscalatorIn(Body):
    """A percentage more from a day on, and again every so many months."""

    percent: DecimalIn
    first_on: date
    every_months: int | None = None
    compounding: bool = True


class Extras(Body):
    """What a contract may switch on besides its charges; everything is off unless named."""

    market_price: extras.MarketPassThrough | None = None
    demand: extras.DemandCharge | None = None
    commitment: extras.MinimumCommitment | None = None
    utility_loss: extras.LossPassThrough | None = None
    curtailment: extras.CurtailmentSettlement | None = None
    uptime: extras.UptimePromise | None = None

    def chosen(self) -> tuple[extras.Extra, ...]:
        return tuple(e for e in (getattr(self, name) for name in type(self).model_fields) if e is not None)


class ContractFields(Body):
    """Everything that can be agreed; which fields belong together depends on the type."""

    customer_id: UUID
    reference: str | None = Field(None, max_length=80, description="The host's own name for it.")
    type: ContractType
    start_on: date
    term: TermKind = TermKind.MONTH_TO_MONTH
    term_days: int | None = Field(None, description="For the term custom_days.")
    end_on: date | None = Field(None, description="Overrides the end that the term gives (CB-29).")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Blank: the customer's, else the host's.")
    rate_per_kwh: DecimalIn | None = Field(None, description="Blank: copied from site or organization (CB-42).")
    billing_methods: list[Method] | None = Field(None, min_length=1, max_length=3)
    failover: FailoverIn | None = None
    fixed_monthly_per_unit: DecimalIn | None = None
    power_cap_kw: DecimalIn | None = None
    cap_overage_rate: DecimalIn | None = None
    efficiency_jth: DecimalIn | None = None
    spec: SpecIn | None = None
    quantity: int | None = None
    connector_fee: ConnectorFeeIn | None = None
    wallet: str | None = Field(None, max_length=120)
    sites: list[SiteFeeIn] | None = None
    plan: Plan = Plan.USAGE
    prepaid: PrepaidPlan | None = None
    auto_renew: bool = False
    notice_days: int = DEFAULT_NOTICE_DAYS
    max_extensions: int = DEFAULT_LIMIT
    escalators: list[EscalatorIn] = Field(default_factory=list, max_length=20)
    extras: Extras = Field(default_factory=Extras)

    @model_validator(mode="after")
    def _end_after_start(self) -> ContractFields:
        if self.end_on is not None and self.end_on < self.start_on:
            raise ValueError(f"end_on {self.end_on} lies before start_on {self.start_on}")
        return self


class Reservations(Body):
    """The draft's units, all of them."""

    unit_ids: list[UUID] = Field(max_length=10_000)


class UnitBegin(Body):
    unit_id: UUID
    from_at: AwareDatetime


class Activation(Body):
    """Units that begin after the contract's start; the others begin with it."""

    assignments: list[UnitBegin] = Field(default_factory=list, max_length=10_000)


class AmendmentIn(Body):
    """A new rate from an instant on."""

    effective_at: AwareDatetime
    rate_per_kwh: DecimalIn


class EndIn(Body):
    """The last day that counts."""

    end_on: date
    reason: str = Field(min_length=1, max_length=500)


class Notice(Body):
    """A cancellation; late ones end the next term."""

    given_on: date


class ContractAnswer(BaseModel):
    """A contract with its agreement as it stands."""

    id: UUID
    number: str | None
    reference: str | None
    customer_id: UUID
    type: ContractType
    state: Literal["draft", "active", "ended"]
    plan: Plan
    currency: str
    start_on: date
    end_on: date | None
    end_overridden: bool
    start_at: datetime
    end_at: datetime | None
    terms: dict[str, Any]
    unit_ids: list[UUID]
    version: int


class ContractList(BaseModel):
    items: list[ContractAnswer]
    next: str | None
