"""What an organization decides about its invoices: zone, billing day, due days, tax, late fee (rules 2, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from common.clock import zone_of
from common.money import minor_unit
from invoicing.domain import terms_check
from invoicing.domain.periods import checked_billing_day

LONGEST_DAYS = 366
HIGHEST_INTEREST = Decimal(1000)


class LateFeeMode(StrEnum):
    FLAT = "flat"
    MONTHLY_PERCENT = "monthly_percent"
    DAILY_INTEREST = "daily_interest"


@dataclass(frozen=True, slots=True)
class LateFee:
    """What a late invoice costs (rule 7.8): `amount` for flat, else `percent` (of daily interest: a year's)."""

    mode: LateFeeMode
    amount: Decimal | None = None
    percent: Decimal | None = None
    grace_days: int = 0
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxSettings:
    """Percent by tax code; a code that is absent is not taxed. Inclusive tax is contained in the lines (rule 7.6)."""

    rates: Mapping[str, Decimal] = field(default_factory=dict)
    inclusive: bool = False

    def __post_init__(self) -> None:
        for code, percent in self.rates.items():
            terms_check.percent(f"tax.{code}", percent, rule="7.6")


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """The organization's settings; `currency` is the one its own amounts (credit, late fee) are written in."""

    timezone: str
    billing_day: int
    currency: str
    due_days: int = 15
    tax: TaxSettings = field(default_factory=TaxSettings)
    late_fee: LateFee | None = None

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        checked_billing_day(self.billing_day)
        minor_unit(self.currency)
        days("due_days", self.due_days)
        if self.late_fee is not None:
            _check_late_fee(self.late_fee, self.currency)


def days(field_name: str, count: int) -> None:
    if not 0 <= count <= LONGEST_DAYS:
        raise terms_check.refuse(field_name, f"{count} days are not possible (rule 2.2).", f"0 to {LONGEST_DAYS}")


def _check_late_fee(fee: LateFee, currency: str) -> None:
    days("late_fee.grace_days", fee.grace_days)
    if (fee.amount is None) == (fee.mode is LateFeeMode.FLAT) or (fee.percent is None) != (
        fee.mode is LateFeeMode.FLAT
    ):
        raise terms_check.refuse(
            "late_fee",
            f"A late fee by {fee.mode.value} needs {'an amount' if fee.mode is LateFeeMode.FLAT else 'a percent'} "
            "and nothing else (rule 7.8).",
            "amount for flat, percent for monthly_percent and daily_interest",
        )
    if fee.amount is not None:
        _price("late_fee.amount", fee.amount, currency)
    if fee.percent is not None:
        terms_check.percent("late_fee.percent", fee.percent, HIGHEST_INTEREST, rule="7.8")
    if fee.cap is not None:
        _price("late_fee.cap", fee.cap, currency)


def _price(field_name: str, amount: Decimal, currency: str) -> None:
    """Two decimals are allowed in any currency: the fee is rounded to that of the invoice it stands on."""
    terms_check.finite(field_name, amount, max(minor_unit(currency), 2), Decimal(10) ** 18, rule="7.8")
