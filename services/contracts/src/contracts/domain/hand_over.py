"""A machine leaves one contract and another machine, or another contract, goes on: what splits the energy there.

Rule 2.6: evidence is cut at the instant itself. Where the meter counts, the register's step around the instant is
spread evenly, and a reading taken on the spot says how it stood; by hash and by calculation the rows are cut.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from common.clock import instant_text
from common.errors import RuleBroken
from contracts.domain.pricing import EnergyTerms, FixedMonthly, Method, Pricing


class ReadingNegative(RuleBroken):
    """A register that stands below zero."""

    code = "reading_negative"


class SwapOutsideAssignment(RuleBroken):
    """The instant at which a machine would leave lies outside the time for which it counts."""

    code = "swap_outside_assignment"


class SwapWithItself(RuleBroken):
    """A machine in place of itself, or a contract handed to itself."""

    code = "swap_with_itself"


class SplitBy(StrEnum):
    """What says how much energy lies on each side of the instant."""

    READING = "reading"
    METERED = "metered"
    HASH = "hash"
    CALCULATED = "calculated"
    DAYS = "days"


def split_by(pricing: Pricing, *, is_fed: bool, register_kwh: Fraction | None) -> SplitBy:
    """The first method agreed at the instant that this machine can have; a reading, where one was taken of a metered
    one."""
    if register_kwh is not None and register_kwh < 0:
        raise ReadingNegative("A register does not stand below zero.", field="register_kwh", remedy="0 or more")
    if isinstance(pricing, FixedMonthly):
        return SplitBy.DAYS
    assert isinstance(pricing, EnergyTerms)
    for method in pricing.methods:
        if method is Method.METERED and is_fed:
            return SplitBy.METERED if register_kwh is None else SplitBy.READING
        if method is not Method.METERED:
            return SplitBy(method.value)
    return SplitBy.METERED


def checked_instant(at: datetime, from_at: datetime, to_at: datetime | None) -> datetime:
    """The instant, inside the assignment that ends there."""
    if at <= from_at or (to_at is not None and at >= to_at):
        until = "" if to_at is None else f" and before {instant_text(to_at)}"
        raise SwapOutsideAssignment(
            f"At {instant_text(at)} the unit does not count for the contract.",
            field="at",
            remedy=f"after {instant_text(from_at)}{until}",
        )
    return at
