"""What a contract charges: energy by method, a fixed amount, a spec with its fee, or sites (rules 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from common.errors import RuleBroken
from common.money import Money
from contracts.domain.units import checked_efficiency, checked_rating
from contracts.domain.wallet import WalletAddress


class MethodsInvalid(RuleBroken):
    """The order of billing methods is empty or names one twice."""

    code = "methods_invalid"


class PercentOutOfRange(RuleBroken):
    """A percentage outside 0 to 100 where only such a one makes sense."""

    code = "percent_out_of_range"


class PowerOutOfRange(RuleBroken):
    """A power cap of nothing or of more than any site carries."""

    code = "power_out_of_range"


class QuantityOutOfRange(RuleBroken):
    """A number of pieces that is none."""

    code = "quantity_out_of_range"


class AmountNegative(RuleBroken):
    """An amount to charge is below zero."""

    code = "amount_negative"


class SitesRepeated(RuleBroken):
    """One site stands twice in an O&M contract for the same day."""

    code = "sites_repeated"


class SiteDaysReversed(RuleBroken):
    """An O&M site whose last day lies before its first one."""

    code = "site_days_reversed"


class MethodsAndFixedAmount(RuleBroken):
    """A contract bills by methods or by a fixed amount per unit, not both (rule 5)."""

    code = "methods_and_fixed_amount"


class Method(StrEnum):
    METERED = "metered"
    HASH = "hash"
    CALCULATED = "calculated"


class Plan(StrEnum):
    USAGE = "usage"
    PREPAID_31D = "prepaid_31d"


class FailoverMode(StrEnum):
    MARKET_HASHPRICE = "market_hashprice"
    FIXED_RATE = "fixed_rate"


class FeeBasis(StrEnum):
    """What the connector fee is a percentage of (X7)."""

    EXPECTED_REVENUE = "expected_revenue"
    POOL_REVENUE = "pool_revenue"
    ENERGY_CHARGE = "energy_charge"


class PrepaidCycle(StrEnum):
    FIXED_31D = "fixed_31d"
    ANCHORED_MONTH = "anchored_month"


class ZeroSpan(StrEnum):
    WHOLE = "whole"
    BEYOND_24 = "beyond_24"


def checked_percent(percent: Decimal, *, field: str, highest: int = 100) -> Decimal:
    """The percentage, finite, not negative, not above the highest that makes sense."""
    if not (percent.is_finite() and 0 <= percent <= highest):
        raise PercentOutOfRange(f"{percent} % is not possible.", field=field, remedy=f"0 to {highest}")
    return percent


@dataclass(frozen=True, slots=True)
class Failover:
    """The price while no method is available: a percentage of the hashprice, or a rate per kWh (CB-46, CB-47)."""

    mode: FailoverMode
    figure: Decimal

    def __post_init__(self) -> None:
        if self.mode is FailoverMode.MARKET_HASHPRICE:
            checked_percent(self.figure, field="failover.percent", highest=1000)


@dataclass(frozen=True, slots=True)
class EnergyTerms:
    """Billing by usage: rate, methods in order of priority, and what goes with them."""

    rate_per_kwh: Decimal
    methods: tuple[Method, ...]
    failover: Failover | None = None
    power_cap_kw: Fraction | None = None
    cap_overage_rate: Decimal | None = None
    efficiency_jth: Fraction | None = None

    def __post_init__(self) -> None:
        if not self.methods or len(set(self.methods)) != len(self.methods):
            raise MethodsInvalid(
                f"The billing methods are {', '.join(self.methods) or 'none'}.",
                field="billing_methods",
                remedy="each of metered, hash, calculated at most once, at least one",
            )
        if self.power_cap_kw is not None and not 0 < self.power_cap_kw <= 10_000_000:
            raise PowerOutOfRange("The power cap is not possible.", field="power_cap_kw", remedy="more than 0 kW")
        if self.cap_overage_rate is not None and self.power_cap_kw is None:
            raise PowerOutOfRange(
                "An overage rate needs a power cap.", field="cap_overage_rate", remedy="set power_cap_kw too"
            )
        checked_efficiency(self.efficiency_jth, field="efficiency_jth")


@dataclass(frozen=True, slots=True)
class FixedMonthly:
    """One amount per unit and month in place of the methods (CB-31, B2.7), prorated by days (rule 2.5)."""

    per_unit: Money

    def __post_init__(self) -> None:
        checked_amount(self.per_unit, field="fixed_monthly_per_unit")


def checked_amount(amount: Money, *, field: str) -> Money:
    """The amount, not below zero."""
    if amount.amount < 0:
        raise AmountNegative(f"{amount} is negative.", field=field, remedy="0 or more")
    return amount


@dataclass(frozen=True, slots=True)
class MinerSpec:
    """The machine an infinity contract is reckoned by: none is handed out (CB-19)."""

    model: str
    rated_ths: Fraction
    efficiency_jth: Fraction

    def __post_init__(self) -> None:
        checked_rating(self.rated_ths * self.efficiency_jth, self.rated_ths, self.efficiency_jth, within="spec.")


@dataclass(frozen=True, slots=True)
class InfinityTerms:
    """A fixed hashrate: spec x quantity at a rate, a connector fee, and where the customer is paid (CB-17 to CB-21)."""

    rate_per_kwh: Decimal
    spec: MinerSpec
    quantity: int
    fee_percent: Decimal
    fee_basis: FeeBasis
    wallet: WalletAddress

    def __post_init__(self) -> None:
        checked_percent(self.fee_percent, field="connector_fee.percent")
        if not 1 <= self.quantity <= 1_000_000:
            raise QuantityOutOfRange(
                f"A quantity of {self.quantity} is not possible.", field="quantity", remedy="1 to 1000000"
            )


@dataclass(frozen=True, slots=True)
class ServicedSite:
    """A customer's site with its monthly fee and, where it differs from the contract's, its own days (rule 5)."""

    site_id: str
    monthly_fee: Money
    from_on: date | None = None
    to_on: date | None = None

    def __post_init__(self) -> None:
        checked_amount(self.monthly_fee, field="sites.monthly_fee")
        if self.from_on is not None and self.to_on is not None and self.to_on < self.from_on:
            raise SiteDaysReversed(
                f"Site {self.site_id} would be left on {self.to_on}, before its first day {self.from_on} (rule 2.3).",
                field="sites.to_on",
                remedy=f"{self.from_on} or later",
            )


def checked_site_days(sites: Sequence[ServicedSite]) -> Sequence[ServicedSite]:
    """The sites; one may stand there several times, as after a change of its fee, but only once on any day."""
    for number, one in enumerate(sites):
        for other in sites[number + 1 :]:
            if one.site_id == other.site_id and not (_over_before(one, other) or _over_before(other, one)):
                raise SitesRepeated(
                    f"Site {one.site_id} has two fees on one day.", field="sites", remedy="days that do not overlap"
                )
    return sites


def _over_before(one: ServicedSite, other: ServicedSite) -> bool:
    return one.to_on is not None and other.from_on is not None and one.to_on < other.from_on


@dataclass(frozen=True, slots=True)
class OmTerms:
    """Services at sites; no energy (CB-22 to CB-25)."""

    sites: tuple[ServicedSite, ...] = ()


@dataclass(frozen=True, slots=True)
class PrepaidPlan:
    """The 31-day plan's settings (rule 6)."""

    cycle: PrepaidCycle = PrepaidCycle.FIXED_31D
    zero_span: ZeroSpan = ZeroSpan.WHOLE
    true_up_beyond_band: bool = False


Pricing = EnergyTerms | FixedMonthly | InfinityTerms | OmTerms


def one_way_of_charging(energy: EnergyTerms | None, fixed: FixedMonthly | None) -> EnergyTerms | FixedMonthly:
    """The one of the two that was given (rule 5)."""
    if energy is not None and fixed is not None:
        raise MethodsAndFixedAmount(
            "Billing methods and a fixed monthly amount exclude each other (rule 5).",
            field="fixed_monthly_per_unit",
            remedy="give one of the two",
        )
    if energy is not None:
        return energy
    if fixed is not None:
        return fixed
    raise MethodsAndFixedAmount(
        "Neither billing methods nor a fixed monthly amount is given.", field="billing_methods", remedy="give one"
    )
