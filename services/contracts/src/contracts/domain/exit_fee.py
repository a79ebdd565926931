"""What an early end costs: reckoned once, on the day it comes (rule 1.2: exact, rounded once)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from common.clock import day_end
from common.money import Money, minor_unit, round_half_up
from contracts.domain.contract import Contract
from contracts.domain.escalators import rate_at
from contracts.domain.extras import MinimumCommitment
from contracts.domain.former import held_at
from contracts.domain.particulars import ExitFeeMode, started_months
from contracts.domain.pricing import EnergyTerms

_SECONDS_AN_HOUR = 3600


def exit_fee_of(contract: Contract) -> Money | None:
    """The fee of a contract that ends before the agreed day; none where none was agreed, or it was waived."""
    fee, early, end_on = contract.exit_fee, contract.early_end, contract.tenure.end_on
    if fee is None or early is None or early.is_fee_waived or end_on is None or end_on >= early.agreed_end_on:
        return None  # also where it was prolonged after the cut
    if fee.mode is ExitFeeMode.COMMITMENT:
        assert fee.percent is not None
        exact = _committed(contract) * Fraction(fee.percent) / 100
        return Money(round_half_up(exact, minor_unit(contract.currency)), contract.currency)
    assert fee.amount is not None
    times = 1 if fee.mode is ExitFeeMode.FIXED else started_months(end_on, early.agreed_end_on)
    exact = Fraction(fee.amount.amount) * times
    return Money(round_half_up(exact, minor_unit(contract.currency)), contract.currency)


def _committed(contract: Contract) -> Fraction:
    """What the minimum commitment would have brought from the early end to the agreed one."""
    return sum((_hours(a, b) * _committed_an_hour(contract, a) for a, b in _spans(contract)), Fraction(0))


def _committed_an_hour(contract: Contract, at: datetime) -> Fraction:
    """By what was or is agreed for the instant; nothing where that holds no commitment."""
    before = held_at(contract.former, at)
    extras = contract.extras if before is None else before.extras
    extra = next((e for e in extras if isinstance(e, MinimumCommitment)), None)
    if extra is None:
        return Fraction(0)
    return Fraction(extra.of_kw) * Fraction(extra.percent) / 100 * _rate(contract, extra, at)


def _spans(contract: Contract) -> Iterator[tuple[datetime, datetime]]:
    early = contract.early_end
    assert early is not None
    assert contract.to_at is not None
    to_at = day_end(early.agreed_end_on, contract.timezone)
    changes = _changes(contract)
    cuts = {at for at, _ in changes} | {one.until_at for one in contract.former}
    return pairwise([contract.to_at, *sorted(at for at in cuts if contract.to_at < at < to_at), to_at])


def _changes(contract: Contract) -> list[tuple[datetime, Decimal]]:
    """The rate's changes as they would have come had the contract not been cut short."""
    early = contract.early_end
    assert early is not None
    return contract.foreseen_rates(early.agreed_end_on + timedelta(days=1))


def _rate(contract: Contract, extra: MinimumCommitment, at: datetime) -> Fraction:
    if extra.rate is not None:
        return Fraction(extra.rate)
    assert isinstance(contract.pricing, EnergyTerms)
    return Fraction(rate_at(contract.pricing.rate_per_kwh, _changes(contract), at))


def _hours(from_at: datetime, to_at: datetime) -> Fraction:
    return Fraction((to_at - from_at) // timedelta(seconds=1), _SECONDS_AN_HOUR)
