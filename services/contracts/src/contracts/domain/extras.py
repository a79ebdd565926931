"""What a contract may switch on besides its charges: market price, demand, commitment, losses, curtailment, uptime.

Off unless named. Invoicing works them out; here they are agreed, so that what is impossible is refused while drafting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from common.errors import RuleBroken
from contracts.domain.pricing import checked_percent
from contracts.domain.rates import RATE_DECIMALS

KW_DECIMALS = 3
HIGHEST_KW = Decimal(10) ** 7
HIGHEST_PRICE = Decimal(10) ** 6


class FigureOutOfRange(RuleBroken):
    """A figure of an extra that is no number, negative, too fine or absurd."""

    code = "figure_out_of_range"


class ExtraRepeated(RuleBroken):
    """One kind of extra stands twice in a contract."""

    code = "extra_repeated"


class ExtrasNotAllowed(RuleBroken):
    """The contract has nothing that the extra could work on."""

    code = "extras_not_allowed"


class CreditsExclusive(RuleBroken):
    """A curtailment credit per kWh and a share of the proceeds at once."""

    code = "credits_exclusive"


class UptimeForm(StrEnum):
    POINTS = "points"
    SHARE = "share"


class UnknownTime(StrEnum):
    LEFT_OUT = "left_out"
    UP = "up"


class ExcusedClass(StrEnum):
    """Why down time does not count against the promise."""

    CURTAILMENT = "curtailment"
    MAINTENANCE = "maintenance"
    UTILITY = "utility"
    WEATHER = "weather"
    INTERNET = "internet"
    FORCE_MAJEURE = "force_majeure"
    REGULATION = "regulation"
    CUSTOMER = "customer"


def checked_figure(figure: Decimal, decimals: int, highest: Decimal, *, field: str) -> Decimal:
    """The figure, from 0 to the highest, with at most so many decimals."""
    if not (figure.is_finite() and 0 <= figure <= highest and figure == round(figure, decimals)):
        raise FigureOutOfRange(
            f"{figure} is not possible.", field=field, remedy=f"0 to {highest}, at most {decimals} decimals"
        )
    return figure


@dataclass(frozen=True, slots=True)
class MarketPassThrough:
    """Energy at the market's price of its time; the contract's rate is the adder."""

    market: str

    def __post_init__(self) -> None:
        if not self.market.strip():
            raise FigureOutOfRange("The market has no name.", field="market_price.market", remedy="its price series")


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """A price per kW of the period's highest quarter hour, free below `above_kw`, at the least for `least_kw`."""

    per_kw: Decimal
    above_kw: Decimal = Decimal(0)
    least_kw: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        checked_figure(self.per_kw, RATE_DECIMALS, HIGHEST_PRICE, field="demand.per_kw")
        checked_figure(self.above_kw, KW_DECIMALS, HIGHEST_KW, field="demand.above_kw")
        checked_figure(self.least_kw, KW_DECIMALS, HIGHEST_KW, field="demand.least_kw")


@dataclass(frozen=True, slots=True)
class MinimumCommitment:
    """A percentage of a power around the clock that is paid for in any case."""

    percent: Decimal
    of_kw: Decimal
    rate: Decimal | None = None
    less_curtailed: bool = True

    def __post_init__(self) -> None:
        checked_percent(self.percent, field="commitment.percent")
        checked_figure(self.of_kw, KW_DECIMALS, HIGHEST_KW, field="commitment.of_kw")
        if self.rate is not None:
            checked_figure(self.rate, RATE_DECIMALS, HIGHEST_PRICE, field="commitment.rate")


@dataclass(frozen=True, slots=True)
class LossPassThrough:
    """The contract's part of its site's losses, at most a percentage of its energy."""

    rate: Decimal | None = None
    most_percent: Decimal = Decimal(100)

    def __post_init__(self) -> None:
        checked_percent(self.most_percent, field="utility_loss.most_percent")
        if self.rate is not None:
            checked_figure(self.rate, RATE_DECIMALS, HIGHEST_PRICE, field="utility_loss.rate")


@dataclass(frozen=True, slots=True)
class CurtailmentSettlement:
    """A credit per curtailed kWh, or a share of what a programme paid, or neither."""

    credit_per_kwh: Decimal | None = None
    proceeds_percent: Decimal | None = None
    net_of_use: bool = False

    def __post_init__(self) -> None:
        if self.credit_per_kwh is not None and self.proceeds_percent is not None:
            raise CreditsExclusive(
                "A credit per kWh and a share of the proceeds exclude each other.",
                field="curtailment",
                remedy="give one of them",
            )
        if self.credit_per_kwh is not None:
            checked_figure(self.credit_per_kwh, RATE_DECIMALS, HIGHEST_PRICE, field="curtailment.credit_per_kwh")
        if self.proceeds_percent is not None:
            checked_percent(self.proceeds_percent, field="curtailment.proceeds_percent")


@dataclass(frozen=True, slots=True)
class UptimePromise:
    """The uptime that is promised, and how a shortfall is credited."""

    sla_percent: Decimal
    form: UptimeForm = UptimeForm.POINTS
    excused: frozenset[ExcusedClass] = frozenset(ExcusedClass)
    unknown: UnknownTime = UnknownTime.LEFT_OUT
    cap_percent: Decimal = Decimal(100)

    def __post_init__(self) -> None:
        checked_percent(self.sla_percent, field="uptime.sla_percent")
        checked_percent(self.cap_percent, field="uptime.cap_percent")
        if not self.sla_percent:
            raise FigureOutOfRange("A promise of 0 % promises nothing.", field="uptime.sla_percent", remedy="above 0")


Extra = MarketPassThrough | DemandCharge | MinimumCommitment | LossPassThrough | CurtailmentSettlement | UptimePromise
EXTRA_NAMES: dict[type, str] = {
    MarketPassThrough: "market_price",
    DemandCharge: "demand",
    MinimumCommitment: "commitment",
    LossPassThrough: "utility_loss",
    CurtailmentSettlement: "curtailment",
    UptimePromise: "uptime",
}
"""How requests and events name them."""
WITHOUT_ENERGY = (CurtailmentSettlement, UptimePromise)
"""Those that also make sense for a fixed monthly amount: they look at time, not at energy."""


def checked_extras(extras: Sequence[Extra], *, by_methods: bool, fixed: bool) -> None:
    """Refuses an extra twice, and one that the contract has nothing for."""
    if len({type(extra) for extra in extras}) != len(extras):
        raise ExtraRepeated("An extra stands twice in the contract.", field="extras", remedy="one of a kind")
    for extra in extras:
        if not (by_methods or (fixed and isinstance(extra, WITHOUT_ENERGY))):
            raise ExtrasNotAllowed(
                f"{type(extra).__name__} does not apply to this contract.",
                field="extras",
                remedy="a hosted or lease contract on the usage plan that bills by method",
            )
