"""Prices and what goes with them agreed anew from an instant on: the terms before stand until then (rule 4.6).

The way of charging itself stays (methods, a fixed amount, a spec, sites: rule 5), and so do type, plan and currency.
Another rate per kWh is an amendment of its own (`life.with_rate`), since rates follow one another by instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from common.clock import instant_text
from common.errors import Conflict, RuleBroken
from common.money import Money
from contracts.domain.contract import Contract
from contracts.domain.extras import EXTRA_NAMES, Extra
from contracts.domain.former import FormerTerms
from contracts.domain.pricing import (
    EnergyTerms,
    Failover,
    FeeBasis,
    FixedMonthly,
    InfinityTerms,
    Method,
    MinerSpec,
    Pricing,
)
from contracts.domain.wallet import WalletAddress


class TermNotOfContract(RuleBroken):
    """The contract charges in another way and has no such term; the way of charging is never amended."""

    code = "term_not_of_contract"


class AmendmentOutOfOrder(Conflict):
    """The terms were amended already from a later instant on."""

    code = "amendment_out_of_order"


class Droppable(StrEnum):
    """What an amendment may end."""

    FAILOVER = "failover"
    POWER_CAP_KW = "power_cap_kw"
    CAP_OVERAGE_RATE = "cap_overage_rate"
    EFFICIENCY_JTH = "efficiency_jth"
    MARKET_PRICE = "market_price"
    DEMAND = "demand"
    COMMITMENT = "commitment"
    UTILITY_LOSS = "utility_loss"
    CURTAILMENT = "curtailment"
    UPTIME = "uptime"


_EXTRAS = {Droppable(name): kind for kind, name in EXTRA_NAMES.items()}


@dataclass(frozen=True, slots=True)
class EnergyChange:
    """New terms of billing by method; None stays."""

    methods: tuple[Method, ...] | None = None
    failover: Failover | None = None
    power_cap_kw: Fraction | None = None
    cap_overage_rate: Decimal | None = None
    efficiency_jth: Fraction | None = None


@dataclass(frozen=True, slots=True)
class InfinityChange:
    """New terms of a fixed hashrate; None stays."""

    spec: MinerSpec | None = None
    quantity: int | None = None
    fee_percent: Decimal | None = None
    fee_basis: FeeBasis | None = None
    wallet: WalletAddress | None = None


@dataclass(frozen=True, slots=True)
class NewPrices:
    """What of the charges changes; an extra stands in place of the one of its kind, `drops` end."""

    energy: EnergyChange = EnergyChange()
    infinity: InfinityChange = InfinityChange()
    fixed_monthly: Money | None = None
    extras: tuple[Extra, ...] = ()
    drops: frozenset[Droppable] = frozenset()


def repriced(contract: Contract, new: NewPrices, from_at: datetime) -> Contract:
    """The contract with other charges from an instant on; what it charged before is kept with it."""
    pricing = _priced(contract.pricing, new)
    extras = _with_extras(contract.extras, new)
    if (pricing, extras) == (contract.pricing, contract.extras):
        return contract
    return replace(contract, pricing=pricing, extras=extras, former=_former(contract, from_at))


def _former(contract: Contract, from_at: datetime) -> tuple[FormerTerms, ...]:
    """The terms so far, each until its instant. Amended again at the same instant, only the last word counts."""
    if contract.former:
        last_at = contract.former[-1].until_at
        if from_at < last_at:
            raise AmendmentOutOfOrder(
                f"The terms were amended from {instant_text(last_at)} on already.",
                field="effective_at",
                remedy=f"{instant_text(last_at)} or later",
            )
        if from_at == last_at:
            return contract.former
    if from_at <= contract.from_at:
        return contract.former
    return (*contract.former, FormerTerms(from_at, contract.pricing, contract.extras))


def _priced(pricing: Pricing, new: NewPrices) -> Pricing:
    energy, infinity = _given(new.energy), _given(new.infinity)
    ended = {one.value: None for one in new.drops if one not in _EXTRAS}
    for names, kind in ((energy | ended, EnergyTerms), (infinity, InfinityTerms)):
        if names and not isinstance(pricing, kind):
            raise _not_of(min(names))
    if new.fixed_monthly is not None and not isinstance(pricing, FixedMonthly):
        raise _not_of("fixed_monthly_per_unit")
    if isinstance(pricing, EnergyTerms):
        return replace(pricing, **ended | energy)
    if isinstance(pricing, InfinityTerms):
        return replace(pricing, **infinity)
    if new.fixed_monthly is not None:
        return FixedMonthly(new.fixed_monthly)
    return pricing


def _given(change: EnergyChange | InfinityChange) -> dict[str, Any]:
    named = {one.name: getattr(change, one.name) for one in fields(change)}
    return {name: value for name, value in named.items() if value is not None}


_WRITTEN = {"methods": "billing_methods", "fee_percent": "connector_fee", "fee_basis": "connector_fee"}


def _not_of(name: str) -> TermNotOfContract:
    field = _WRITTEN.get(name, name)
    return TermNotOfContract(
        f"The contract charges in another way and has no {field}.",
        field=field,
        remedy="leave it out, or make a new contract",
    )


def _with_extras(agreed: Sequence[Extra], new: NewPrices) -> tuple[Extra, ...]:
    gone = {_EXTRAS[one] for one in new.drops if one in _EXTRAS} | {type(extra) for extra in new.extras}
    return (*(extra for extra in agreed if type(extra) not in gone), *new.extras)
