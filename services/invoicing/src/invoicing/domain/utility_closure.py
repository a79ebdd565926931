"""Closing a site against its utility's bill: what came in, what was metered, and who bears the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from common.errors import RuleBroken
from common.money import allocate, round_half_up
from invoicing.domain import terms_check
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Line, LineKind, line_amount
from invoicing.domain.site_facts import Given, LossShare, checked_span, setting_of
from invoicing.domain.variance import Variance, variance_of


class PartyRepeated(RuleBroken):
    """One party's energy stands twice in a closure."""

    code = "party_repeated"


@dataclass(frozen=True, slots=True)
class UtilityBill:
    """The utility's figures for a site over [from_at, to_at)."""

    site_id: str
    from_at: datetime
    to_at: datetime
    energy_kwh: Decimal

    def __post_init__(self) -> None:
        checked_span(self.from_at, self.to_at, field="utility_bill.to")
        terms_check.finite("utility_bill.energy_kwh", self.energy_kwh, KWH_DECIMALS, Decimal(10) ** 12)


@dataclass(frozen=True, slots=True)
class Party:
    """Who used energy at the site in the bill's span: a contract, or (None) the host's own machines and house load."""

    name: str
    contract_id: str | None
    metered_kwh: Fraction


@dataclass(frozen=True, slots=True)
class Closure:
    """The bill against the meters. `shares` in the order of the parties, to 0.001 kWh; they sum to the loss."""

    bill: UtilityBill
    metered_kwh: Fraction
    loss_kwh: Decimal
    shares: tuple[tuple[Party, Decimal], ...]
    variance: Variance | None

    def losses(self) -> list[LossShare]:
        """The contracts' parts, as rating takes them; what falls on the host stays with it."""
        return [
            LossShare(self.bill.site_id, party.contract_id, self.bill.to_at, party.metered_kwh, share)
            for party, share in self.shares
            if party.contract_id is not None
        ]


def close_site(bill: UtilityBill, parties: Sequence[Party]) -> Closure:
    """The loss = bill - metered sum, to 0.001 kWh, allocated by metered energy: largest remainder (rule 1.3).

    Meters above the bill give a negative loss: it is shown and allocated to nobody, because a negative quantity is
    never billed (rule 1.4). The variance compares the metered sum with the bill, coloured as on invoices (rule 4.4).
    """
    names = [party.name for party in parties]
    if len(set(names)) != len(names):
        raise PartyRepeated("A party stands twice in the closure.", field="parties", remedy="one entry a party")
    if any(party.metered_kwh < 0 for party in parties):
        raise PartyRepeated("A party's energy is negative.", field="parties.metered_kwh", remedy="0 or more")
    metered = exact_sum([party.metered_kwh for party in parties])
    loss = round_half_up(Fraction(bill.energy_kwh) - metered, KWH_DECIMALS)
    shared = Decimal(0) if loss < 0 or not metered else loss
    weights = [party.metered_kwh for party in parties]
    parts = allocate(shared, weights, KWH_DECIMALS) if parties else []
    return Closure(
        bill, metered, loss, tuple(zip(parties, parts, strict=True)), variance_of(metered, Fraction(bill.energy_kwh))
    )


@dataclass(frozen=True, slots=True)
class LossPassThrough:
    """The contract bears its part of the site's loss, at `rate` or its own; at most `most_percent` of its energy."""

    rate: Decimal | None = None
    most_percent: Decimal = Decimal(100)

    def __post_init__(self) -> None:
        terms_check.percent("utility_loss.most_percent", self.most_percent)
        if self.rate is not None:
            terms_check.rate("utility_loss.rate", self.rate)


def lines_for(given: Given) -> list[Line]:
    """One line per site whose bill ends in the period: the contract's part of the loss x the rate; none, no line."""
    passed = setting_of(given.terms, LossPassThrough)
    if passed is None:
        return []
    rate = given.last_rate if passed.rate is None else passed.rate
    lines = []
    for loss in given.facts.losses:
        mine = loss.contract_id == given.terms.contract_id
        if not mine or not given.period.from_at < loss.bill_to_at <= given.period.to_at:
            continue
        most = round_half_up(loss.metered_kwh * Fraction(passed.most_percent) / 100, KWH_DECIMALS)
        kwh = min(loss.loss_kwh, most)
        if kwh > 0:
            lines.append(
                Line(
                    kind=LineKind.UTILITY_LOSS,
                    contract_id=given.terms.contract_id,
                    kwh=kwh,
                    rate=rate,
                    amount=line_amount(kwh, rate, given.decimals),
                    description=f"part of the losses at site {loss.site_id}",
                    tax_code=TAX_ENERGY,
                )
            )
    return lines
