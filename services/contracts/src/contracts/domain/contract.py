"""The agreement with a customer: its four types and their rules (rule 5, CB-02 to CB-47)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from common.clock import zone_of
from common.errors import RuleBroken
from common.money import minor_unit
from contracts.domain.escalators import (
    Amendment,
    Escalator,
    EscalatorOutOfRange,
    PercentEscalator,
    RatePlan,
    rate_changes,
)
from contracts.domain.extensions import Extensions
from contracts.domain.extras import Extra, MinimumCommitment, checked_extras
from contracts.domain.former import FormerTerms, Rest, held_at
from contracts.domain.particulars import Clause, Deposit, EarlyEnd, ExitFee, ExitFeeMode, checked_clauses
from contracts.domain.pricing import (
    EnergyTerms,
    FixedMonthly,
    InfinityTerms,
    Method,
    OmTerms,
    Plan,
    PrepaidPlan,
    Pricing,
)
from contracts.domain.rates import checked_rate
from contracts.domain.renewal import DEFAULT_NOTICE_DAYS, AutoRenewal, checked_notice_days
from contracts.domain.terms import Tenure


class PricingNotOfType(RuleBroken):
    """The way of charging belongs to another contract type."""

    code = "pricing_not_of_type"


class AutoRenewNotAllowed(RuleBroken):
    """Lease and infinity contracts never renew by themselves (CB-15, CB-30)."""

    code = "auto_renew_not_allowed"


class UnitsNotAllowed(RuleBroken):
    """Infinity and O&M contracts take no units (CB-18, CB-23)."""

    code = "units_not_allowed"


class PlanNotAllowed(RuleBroken):
    """The prepaid plan bills the rated power of units by the kWh, so it needs both."""

    code = "plan_not_allowed"


class CurrencyMixed(RuleBroken):
    """An amount of the contract is in another currency than the contract."""

    code = "currency_mixed"


class ExitFeeNotAllowed(RuleBroken):
    """There is nothing that an early end could be measured by."""

    code = "exit_fee_not_allowed"


class ContractType(StrEnum):
    HOSTED = "hosted"
    LEASE = "lease"
    INFINITY = "infinity"
    OM = "om"


class ContractState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


RUNNING = frozenset({ContractState.ACTIVE, ContractState.SUSPENDED})
TAKES_UNITS = frozenset({ContractType.HOSTED, ContractType.LEASE})
MAY_RENEW = frozenset({ContractType.HOSTED, ContractType.OM})
_PRICING_OF = {
    ContractType.HOSTED: (EnergyTerms, FixedMonthly),
    ContractType.LEASE: (EnergyTerms, FixedMonthly),
    ContractType.INFINITY: (InfinityTerms,),
    ContractType.OM: (OmTerms,),
}
_REMEDY = {
    ContractType.HOSTED: "billing methods with a rate, or a fixed monthly amount per unit",
    ContractType.LEASE: "billing methods with a rate, or a fixed monthly amount per unit",
    ContractType.INFINITY: "a spec, a quantity, a connector fee and a wallet; no failover",
    ContractType.OM: "sites with their monthly fees; no energy, no failover",
}


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract with one customer. Its number comes at activation and never changes (CB-41)."""

    contract_id: str
    customer_id: str
    type: ContractType
    currency: str
    timezone: str
    tenure: Tenure
    pricing: Pricing
    state: ContractState = ContractState.DRAFT
    number: str | None = None
    plan: Plan = Plan.USAGE
    prepaid: PrepaidPlan | None = None
    auto_renewal: AutoRenewal | None = None
    extensions: Extensions = field(default_factory=Extensions)
    escalators: tuple[Escalator, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    extras: tuple[Extra, ...] = ()
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    site_id: str | None = None
    notice_days: int = DEFAULT_NOTICE_DAYS
    notice_given_on: date | None = None
    deposit: Deposit | None = None
    exit_fee: ExitFee | None = None
    early_end: EarlyEnd | None = None
    clauses: tuple[Clause, ...] = ()
    suspended_at: datetime | None = None
    rests: tuple[Rest, ...] = ()
    former: tuple[FormerTerms, ...] = ()
    issuing_entity_id: str | None = None

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        minor_unit(self.currency)
        _check_pricing(self)
        _check_renewal(self)
        _check_plan(self)
        _check_rate_plan(self)
        _check_particulars(self)
        usage = self.plan is Plan.USAGE
        checked_extras(
            self.extras,
            by_methods=usage and isinstance(self.pricing, EnergyTerms),
            fixed=usage and isinstance(self.pricing, FixedMonthly),
        )

    @property
    def from_at(self) -> datetime:
        """The first instant that counts."""
        return self.tenure.from_at(self.timezone)

    @property
    def to_at(self) -> datetime | None:
        """The first instant that no longer counts; none: open."""
        return self.tenure.to_at(self.timezone)

    @property
    def takes_units(self) -> bool:
        """Hosted and lease contracts are about machines, the others are not."""
        return self.type in TAKES_UNITS

    def pricing_at(self, at: datetime) -> Pricing:
        """The way of charging at an instant: before an amendment, the one that it replaced."""
        before = held_at(self.former, at)
        return self.pricing if before is None else before.pricing

    def rate_changes(self, until: date) -> list[tuple[datetime, Decimal]]:
        """The instants before the local day at which the rate changes, with the rate from there on (rule 4.6)."""
        return [(at, rate) for at, rate in self.foreseen_rates(until) if self.to_at is None or at < self.to_at]

    def foreseen_rates(self, until: date) -> list[tuple[datetime, Decimal]]:
        """Likewise, as if the contract went on as long as that."""
        if not isinstance(self.pricing, EnergyTerms | InfinityTerms):
            return []
        plan = RatePlan(self.pricing.rate_per_kwh, self.currency, self.timezone, self.escalators, self.amendments)
        return rate_changes(plan, until)

    @property
    def needs_meter(self) -> bool:
        """Whether the metered method is the only one, so that a unit without an outlet could never be billed."""
        return isinstance(self.pricing, EnergyTerms) and self.pricing.methods == (Method.METERED,)


def _check_pricing(contract: Contract) -> None:
    pricing, currency = contract.pricing, contract.currency
    if not isinstance(pricing, _PRICING_OF[contract.type]):
        raise PricingNotOfType(
            f"A contract of type {contract.type.value} does not charge like that.",
            field="pricing",
            remedy=_REMEDY[contract.type],
        )
    if isinstance(pricing, EnergyTerms | InfinityTerms):
        checked_rate(pricing.rate_per_kwh, currency)
    if isinstance(pricing, EnergyTerms):
        if pricing.cap_overage_rate is not None:
            checked_rate(pricing.cap_overage_rate, currency, field="cap_overage_rate")
        if pricing.failover is not None and pricing.failover.mode == "fixed_rate":
            checked_rate(pricing.failover.figure, currency, field="failover.rate_per_kwh")
    for money in _amounts(contract):
        if money != currency:
            raise CurrencyMixed(
                f"An amount in {money} does not belong in a contract in {currency} (rule 1.1).",
                field="currency",
                remedy=f"amounts in {currency}",
            )


def _amounts(contract: Contract) -> list[str]:
    pricing, found = contract.pricing, []
    if isinstance(pricing, FixedMonthly):
        found = [pricing.per_unit.currency]
    elif isinstance(pricing, OmTerms):
        found = [site.monthly_fee.currency for site in pricing.sites]
    if contract.deposit is not None:
        found.append(contract.deposit.amount.currency)
    if contract.exit_fee is not None and contract.exit_fee.amount is not None:
        found.append(contract.exit_fee.amount.currency)
    return found


def _check_particulars(contract: Contract) -> None:
    checked_notice_days(contract.notice_days)
    checked_clauses(contract.clauses)
    by_commitment = contract.exit_fee is not None and contract.exit_fee.mode is ExitFeeMode.COMMITMENT
    if by_commitment and not any(isinstance(extra, MinimumCommitment) for extra in contract.extras):
        raise ExitFeeNotAllowed(
            "An exit fee by commitment needs a minimum commitment.", field="exit_fee", remedy="add extras.commitment"
        )


def _check_renewal(contract: Contract) -> None:
    if contract.auto_renewal is not None and contract.type not in MAY_RENEW:
        how = "extend it by hand" if contract.type is ContractType.LEASE else "make a new contract"
        raise AutoRenewNotAllowed(
            f"A contract of type {contract.type.value} does not renew by itself.", field="auto_renew", remedy=how
        )


def _check_plan(contract: Contract) -> None:
    if contract.plan is Plan.USAGE and contract.prepaid is None:
        return
    if contract.plan is Plan.USAGE:
        raise PlanNotAllowed("Prepaid settings need the plan prepaid_31d.", field="plan", remedy="prepaid_31d")
    if not (contract.takes_units and isinstance(contract.pricing, EnergyTerms)):
        raise PlanNotAllowed(
            "The prepaid plan is for hosted and lease contracts with a rate per kWh.",
            field="plan",
            remedy="usage",
        )


def _check_rate_plan(contract: Contract) -> None:
    if not contract.escalators and not contract.amendments:
        return
    if not isinstance(contract.pricing, EnergyTerms | InfinityTerms):
        raise PricingNotOfType("Without a rate per kWh nothing escalates.", field="escalators", remedy="leave them out")
    for amendment in contract.amendments:
        checked_rate(amendment.rate_per_kwh, contract.currency, field="amendments.rate_per_kwh")
    for escalator in contract.escalators:
        first_on = escalator.first_on if isinstance(escalator, PercentEscalator) else escalator.values[0][0]
        if first_on <= contract.tenure.start_on:
            raise EscalatorOutOfRange(
                f"The rate would change on {first_on}, not after the contract's start.",
                field="escalators",
                remedy=f"after {contract.tenure.start_on}",
            )
