"""Rounding and splitting, as rules 1 say it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

MINOR = {"JPY": 0, "KRW": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3}


def minor(currency: str) -> int:
    """Decimals of a currency: two, where the table above does not say otherwise."""
    return MINOR.get(currency, 2)


def half_up(number: Fraction, decimals: int) -> Fraction:
    """Halves away from zero, also below it (rule 1.2)."""
    scale = 10**decimals
    size = abs(number) * scale
    whole = size.numerator // size.denominator
    if size - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole if number >= 0 else -whole, scale)


def text(number: Fraction, decimals: int) -> str:
    """A number that has at most these decimals, printed with all of them."""
    scaled = number * 10**decimals
    if scaled.denominator != 1:
        raise ValueError(f"{number} has more than {decimals} decimals")
    digits = str(abs(scaled.numerator)).rjust(decimals + 1, "0")
    sign = "-" if scaled < 0 else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def settle(exact: Sequence[Fraction], decimals: int) -> list[Fraction]:
    """Exact parts as printed ones that sum to their rounded sum: each cut off, then the largest remainders get one
    unit more, ties to the part listed first (rule 1.3)."""
    scale = 10**decimals
    sign = -1 if sum(exact, Fraction(0)) < 0 else 1
    scaled = [part * scale * sign for part in exact]
    floors = [part.numerator // part.denominator for part in scaled]
    missing = abs(half_up(sum(exact, Fraction(0)), decimals)) * scale - sum(floors)
    for index in sorted(range(len(exact)), key=lambda i: (floors[i] - scaled[i], i))[: int(missing)]:
        floors[index] += 1
    return [Fraction(sign * part, scale) for part in floors]


def split(total: Fraction, weights: Sequence[Fraction], decimals: int) -> list[Fraction]:
    """A printed total in parts by weight (rule 1.3)."""
    whole = sum(weights, Fraction(0))
    return settle([total * weight / whole if whole else Fraction(0) for weight in weights], decimals)
