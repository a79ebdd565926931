"""Requests and answers about contracts: the wizard's fields, and the agreement they make (CB-26 to CB-47)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from common.listing import Instant
from contracts.api.texts import Day, Name, Reason
from contracts.domain import extras
from contracts.domain.contract import ContractType
from contracts.domain.extensions import DEFAULT_LIMIT
from contracts.domain.particulars import ExitFeeMode
from contracts.domain.pricing import (
    FailoverMode,
    FeeBasis,
    Method,
    Plan,
    PrepaidPlan,
)
from contracts.domain.renewal import DEFAULT_NOTICE_DAYS, RenewsBy
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
    from_on: Day | None = None
    to_on: Day | None = None


class EscalatorIn(Body):
    """A percentage more from a day on, and again every so many months."""

    percent: DecimalIn
    first_on: Day
    every_months: int | None = None
    compounding: bool = True


class IndexValue(Body):
    on: Day
    value: DecimalIn


class IndexIn(Body):
    """The rate moves as an index did: each value against the one before, the first against the reference."""

    reference: DecimalIn
    values: list[IndexValue] = Field(min_length=1, max_length=120)
    floor_percent: DecimalIn | None = None
    cap_percent: DecimalIn | None = None


class ExitFeeIn(Body):
    """What an end before the agreed one costs: an amount (once, or per started month left), or a percentage of the
    minimum commitment that is left."""

    mode: ExitFeeMode
    amount: DecimalIn | None = None
    percent: DecimalIn | None = None


class ClauseIn(Body):
    """A paragraph that the parties added; printed in the document as it is."""

    title: str = Field(max_length=200)
    text: str = Field(max_length=10_000)


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
    reference: Name | None = Field(None, description="The host's own name for it.")
    site_id: UUID | None = Field(None, description="The site whose energy rate a blank rate is copied from.")
    type: ContractType
    start_on: Day
    term: TermKind = TermKind.MONTH_TO_MONTH
    term_days: int | None = Field(None, description="For the term custom_days.")
    end_on: Day | None = Field(None, description="Overrides the end that the term gives (CB-29).")
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
    renews_by: RenewsBy = Field(RenewsBy.TERM, description="Its term again, or one month at a time.")
    notice_days: int = Field(DEFAULT_NOTICE_DAYS, description="Before the end; of month to month, to the end.")
    max_extensions: int = DEFAULT_LIMIT
    escalators: list[EscalatorIn] = Field(default_factory=list, max_length=20)
    index_escalators: list[IndexIn] = Field(default_factory=list, max_length=5)
    deposit: DecimalIn | None = Field(None, description="Charged once at activation, returned at the end.")
    deposit_opens_gate: bool = Field(False, description="Whether the units also wait for the deposit to be paid.")
    exit_fee: ExitFeeIn | None = None
    clauses: list[ClauseIn] = Field(default_factory=list, max_length=50)
    extras: Extras = Field(default_factory=Extras)
    issuing_entity_id: UUID | None = Field(None, description="Whom its invoices come from; blank: the default one.")


class Reservations(Body):
    """The draft's units, all of them."""

    unit_ids: list[UUID] = Field(max_length=10_000)


class UnitBegin(Body):
    unit_id: UUID
    from_at: Instant


class Activation(Body):
    """Units that begin after the contract's start; the others begin with it."""

    assignments: list[UnitBegin] = Field(default_factory=list, max_length=10_000)


class EndIn(Body):
    """The last day that counts. Before the agreed one it costs the exit fee, unless that is waived."""

    end_on: Day
    reason: Reason
    waive_exit_fee: bool = False


class Notice(Body):
    """A cancellation; late ones end the next term."""

    given_on: Day


class Withdrawal(Body):
    """A notice taken back."""

    on: Day


class Suspension(Body):
    reason: Reason


class ContractAnswer(BaseModel):
    """A contract with its agreement as it stands; `standing` says in one word where it is in its life."""

    id: UUID
    number: str | None
    reference: str | None
    customer_id: UUID
    site_id: UUID | None
    issuing_entity_id: UUID | None
    type: ContractType
    state: Literal["draft", "active", "suspended", "ended"]
    standing: Literal["draft", "active", "notice_given", "suspended", "ended"]
    plan: Plan
    currency: str
    start_on: date
    end_on: date | None
    end_overridden: bool
    start_at: datetime
    end_at: datetime | None
    renewal: dict[str, Any]
    particulars: dict[str, Any]
    terms: dict[str, Any]
    unit_ids: list[UUID]
    version: int


class ContractList(BaseModel):
    items: list[ContractAnswer]
    next: str | None


class Problem(BaseModel):
    """One thing that is to be mended, and how."""

    code: str
    field: str | None
    message: str
    remedy: str | None


class ValidationAnswer(BaseModel):
    """What keeps a step of the wizard from being done; nothing, and it may go on."""

    step: Literal["terms", "equipment", "activation"]
    is_ready: bool
    problems: list[Problem]


class DefaultsAnswer(BaseModel):
    """What the wizard's fields begin with, and where the rate comes from (CB-42)."""

    currency: str
    timezone: str
    start_on: date
    rate_per_kwh: str | None
    rate_from: Literal["site", "organization", "none"]
    term: TermKind
    billing_methods: list[Method]
    auto_renew: bool
    notice_days: int
    max_extensions: int
