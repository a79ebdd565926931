"""Invoice lines and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from support.reference.numbers import half_up, minor, text


class NoPrice(Exception):
    """A connector fee on expected revenue without any hashprice: the invoice is refused (rules 5)."""


@dataclass(frozen=True)
class Line:
    """One printed line; `code` is its tax code, None where it has none."""

    contract: str | None
    kind: str
    amount: Fraction
    code: str | None
    method: str | None = None
    kwh: Fraction | None = None
    quantity: Fraction | None = None
    rate: Fraction | None = None
    estimated: bool = False
    units: dict[str, Fraction] | None = None

    def printed(self, decimals: int) -> dict[str, Any]:
        """In the shape of `expect`; what the line does not have is left out."""
        shown: dict[str, Any] = {"contract": self.contract, "kind": self.kind}
        if self.method is not None:
            shown["method"] = self.method
        shown["estimated"] = self.estimated
        if self.kwh is not None:
            shown["kwh"] = text(self.kwh, 3)
        if self.quantity is not None:
            shown["quantity"] = plain(self.quantity)
        if self.rate is not None:
            shown["rate"] = plain(self.rate)
        shown["amount"] = text(self.amount, decimals)
        if self.units is not None:
            shown["units"] = {unit: text(kwh, 3) for unit, kwh in self.units.items()}
        return shown


def plain(number: Fraction) -> str:
    """A decimal with as many decimals as it needs, up to 18."""
    shown = text(half_up(number, 18), 18).rstrip("0").rstrip(".")
    return shown if shown not in ("", "-0") else "0"


@dataclass
class Reckoning:
    """What one contract contributes to one period: lines, unbilled hours, energy for the variance."""

    lines: list[Line] = field(default_factory=list)
    unbilled: dict[str, Fraction] = field(default_factory=dict)
    billed_kwh: Fraction = Fraction(0)
    metered_kwh: Fraction = Fraction(0)
    payouts: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Invoice:
    """An invoice with its money; `fees` are late fees that later invoices have charged for it."""

    customer: str
    currency: str
    kind: tuple[str, ...]
    printed_on: tuple[date, date]
    issued_on: date
    due_on: date
    lines: list[Line]
    subtotal: Fraction = Fraction(0)
    tax: Fraction = Fraction(0)
    total: Fraction = Fraction(0)
    credit_applied: Fraction = Fraction(0)
    amount_due: Fraction = Fraction(0)
    status: str = "draft"
    late_part: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    variance: Fraction | None = None
    unbilled: dict[str, Fraction] = field(default_factory=dict)

    def printed(self) -> dict[str, Any]:
        decimals = minor(self.currency)
        shown: dict[str, Any] = {
            "customer": self.customer,
            "currency": self.currency,
            "period": [on.isoformat() for on in self.printed_on],
            "issued_on": self.issued_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "status": self.status,
            "lines": [line.printed(decimals) for line in self.lines],
        }
        for name in ("subtotal", "tax", "total", "credit_applied", "amount_due"):
            shown[name] = text(getattr(self, name), decimals)
        if self.variance is not None:
            shown["variance_percent"] = text(half_up(self.variance, 4), 4)
            shown["variance_band"] = band(self.variance)
        if self.unbilled:
            shown["unbilled_hours"] = {unit: text(spent, 3) for unit, spent in self.unbilled.items()}
        return shown


def band(percent: Fraction) -> str:
    """The colour of a variance, by its size, unrounded (rule 4.4)."""
    if abs(percent) < 5:
        return "green"
    return "yellow" if abs(percent) < 20 else "red"
