"""Sums of exact quantities, lean: one common denominator instead of a reduction after every addition (rule 1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

_ZERO = Fraction(0)


def exact_sum(parts: Sequence[Fraction]) -> Fraction:
    """The exact sum of any number of fractions."""
    if len(parts) < 2:
        return parts[0] if parts else _ZERO
    denominator = lcm(*[part.denominator for part in parts])
    return Fraction(sum([part.numerator * (denominator // part.denominator) for part in parts]), denominator)
