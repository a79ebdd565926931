"""Decimal money, exact quantities, and the one rounding (billing rules 1).

Intermediate values are `Fraction`; they are rounded once, half up (away from zero), on the printed line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from importlib.resources import files

from common.errors import refusal

_CURRENCIES = (files("common") / "currencies.txt").read_text("ascii").splitlines()  # decimals, then codes
MINOR_UNIT = {code: int(line[0]) for line in _CURRENCIES for code in line[1:].split()}
_PLAIN = re.compile(r"[+-]?\d{1,24}(\.\d{1,18})?", re.ASCII)
_EXACT = re.compile(r"[+-]?\d+(\.\d+)?|[+-]?\d+/[1-9]\d*", re.ASCII)

Exact = Fraction | Decimal | int
BadAmount = refusal("bad_amount", 422, "A number that is none, or not one the currency or field can hold.")


def minor_unit(currency: str) -> int:
    """Decimals of an ISO 4217 currency (JPY 0, USD 2, KWD 3); an unknown code is refused."""
    try:
        return MINOR_UNIT[currency]
    except KeyError:
        unknown = f"{currency!r} is not an ISO 4217 currency in use (rule 1.1)."
        raise BadAmount(unknown, field="currency", remedy="three capitals, such as USD") from None


def decimal_of(text: str, *, field: str | None = None) -> Decimal:
    """A plain decimal as written: no exponent, NaN or infinity, at most 24 digits and 18 decimals."""
    if not _PLAIN.fullmatch(text):
        raise BadAmount(
            f"{text!r} is not a plain decimal number (rule 1.1).", field=field, remedy="digits, such as 0.0725"
        )
    return Decimal(text)


def round_half_up(number: Exact, decimals: int) -> Decimal:
    """The number to that many decimals, halves away from zero, also below zero (rule 1.2)."""
    scaled = Fraction(number) * 10**decimals
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-decimals) + Decimal(0).scaleb(-decimals)


def allocate(total: Decimal, weights: Sequence[Exact], decimals: int) -> list[Decimal]:
    """The total in parts by weight (equal without any) that sum to it: largest remainder, then order (rule 1.3)."""
    if not weights:
        raise BadAmount("An amount cannot be split over no parts.")
    exact = [Fraction(w) for w in weights]
    if any(w < 0 for w in exact):
        raise BadAmount("A part cannot have a negative weight.")
    whole = sum(exact) or Fraction(len(exact))
    shares = [(w if sum(exact) else Fraction(1)) / whole for w in exact]
    units = Fraction(total) * 10**decimals
    if units.denominator != 1:
        raise BadAmount(f"{total} has more than {decimals} decimals.")
    sign, count = (-1 if units < 0 else 1), abs(units.numerator)
    floors = [int(count * s) for s in shares]
    order = sorted(range(len(shares)), key=lambda i: (floors[i] - count * shares[i], i))
    for i in order[: count - sum(floors)]:
        floors[i] += 1
    return [Decimal(sign * f).scaleb(-decimals) for f in floors]


def exact_text(number: Exact) -> str:
    """An exact quantity for the wire: a terminating decimal as such, else `numerator/denominator` in lowest terms."""
    value = Fraction(number)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def exact_of(text: str, *, field: str | None = None) -> Fraction:
    """The quantity behind `exact_text`; anything else is refused."""
    if not _EXACT.fullmatch(text):
        raise BadAmount(f"{text!r} is neither a decimal nor a fraction.", field=field, remedy="digits, such as 3500")
    return Fraction(text)


@dataclass(frozen=True, order=False)
class Money:
    """An amount in one currency, never finer than its minor unit."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        places = minor_unit(self.currency)
        try:
            settled = self.amount.quantize(Decimal(1).scaleb(-places))
        except InvalidOperation:
            raise BadAmount(f"{self.amount} is not an amount of money.", field="amount") from None
        if settled != self.amount:
            finer = f"{self.amount} has more decimals than {self.currency} has ({places})."
            raise BadAmount(finer, field="amount", remedy=f"at most {places} decimals")
        object.__setattr__(self, "amount", settled)

    @classmethod
    def rounded(cls, number: Exact, currency: str) -> "Money":
        """The exact number as money, rounded half up to the currency's minor unit."""
        return cls(round_half_up(number, minor_unit(currency)), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(Decimal(0), currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise BadAmount(f"{self.currency} and {other.currency} do not add up.", field="currency")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"
