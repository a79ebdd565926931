"""Late fees in their three forms, grace, cap, what was charged before (rule 7.8)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import RuleBroken
from invoicing.domain.invoice import drafted
from invoicing.domain.late_fee import LateInvoice, balance_without_fees, late_fee_lines, started_months
from invoicing.domain.lines import Line, LineKind, recomputed
from invoicing.domain.settings import LateFee, LateFeeMode, TaxSettings
from support.billing import JANUARY_HEAD as HEAD
from support.billing import SETTINGS, amounts

DUE = date(2025, 3, 2)


def fee(mode: LateFeeMode, on: date, balance: str = "1370.14", before: str = "0", **changes: Any) -> list[str]:
    values: dict[str, Any] = {"percent": Decimal(18)} if mode is not LateFeeMode.FLAT else {"amount": Decimal(25)}
    settings = replace(SETTINGS, late_fee=LateFee(mode, **(values | changes)))
    lines = late_fee_lines([LateInvoice("7", DUE, Decimal(balance), Decimal(before))], on, settings, 2)
    assert all(recomputed(line, 2) == line.amount for line in lines)
    return amounts(lines)


def test_daily_interest_counts_from_the_due_date_and_its_grace() -> None:
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25)) == ["15.54"]
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25), grace_days=5) == ["12.16"]


def test_a_month_counts_as_soon_as_it_is_started() -> None:
    percent: dict[str, Any] = {"percent": Decimal("1.5")}
    assert fee(LateFeeMode.MONTHLY_PERCENT, date(2025, 3, 25), **percent) == ["20.55"]
    assert fee(LateFeeMode.MONTHLY_PERCENT, date(2025, 4, 2), **percent) == ["20.55"]
    assert fee(LateFeeMode.MONTHLY_PERCENT, date(2025, 4, 3), **percent) == ["41.10"]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2025, 1, 31), date(2025, 2, 28), 1),
        (date(2025, 1, 31), date(2025, 3, 1), 2),
        (date(2025, 1, 31), date(2025, 3, 31), 2),
        (date(2025, 1, 1), date(2025, 1, 2), 1),
    ],
)
def test_months_are_calendar_months_clamped_from_the_first_day(start: date, end: date, months: int) -> None:
    assert started_months(start, end) == months


def test_a_flat_fee_is_charged_once() -> None:
    assert fee(LateFeeMode.FLAT, date(2025, 3, 25)) == ["25.00"]
    assert fee(LateFeeMode.FLAT, date(2025, 4, 25), before="25.00") == []


def test_an_invoice_is_not_late_on_the_last_day_of_grace() -> None:
    assert fee(LateFeeMode.FLAT, date(2025, 3, 2)) == []
    assert fee(LateFeeMode.FLAT, date(2025, 3, 5), grace_days=3) == []
    assert fee(LateFeeMode.FLAT, date(2025, 3, 6), grace_days=3) == ["25.00"]


def test_the_cap_is_for_the_late_invoice_in_all() -> None:
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25), cap=Decimal(10)) == ["10.00"]
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25), cap=Decimal(10), before="7.50") == ["2.50"]
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25), cap=Decimal(10), before="10.00") == []


def test_what_was_charged_before_is_taken_off_and_never_given_back() -> None:
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25), before="5.00") == ["10.54"]
    assert fee(LateFeeMode.DAILY_INTEREST, date(2025, 3, 25), before="50.00") == []


def test_a_paid_invoice_bears_no_fee() -> None:
    assert fee(LateFeeMode.FLAT, date(2025, 3, 25), balance="0") == []


def test_late_fees_and_the_tax_on_them_bear_no_fee_themselves() -> None:
    lines = (
        Line(LineKind.SERVICE, Decimal("100.00"), "repair"),
        Line(LineKind.LATE_FEE, Decimal("50.00"), "late_fee"),
    )
    added = drafted(HEAD, lines, replace(SETTINGS, tax=TaxSettings({"late_fee": Decimal(10)})))
    assert balance_without_fees(added, added.total, inclusive=False) == Decimal("100.00")
    contained = drafted(HEAD, lines, replace(SETTINGS, tax=TaxSettings({"late_fee": Decimal(10)}, inclusive=True)))
    assert balance_without_fees(contained, contained.total, inclusive=True) == Decimal("100.00")
    assert balance_without_fees(added, Decimal("20.00"), inclusive=False) == 0


def test_without_the_setting_nothing_is_charged() -> None:
    assert late_fee_lines([LateInvoice("7", DUE, Decimal(5))], date(2026, 1, 1), SETTINGS, 2) == ()


@pytest.mark.parametrize(
    "bad",
    [
        LateFee(LateFeeMode.FLAT, percent=Decimal(5)),
        LateFee(LateFeeMode.FLAT),
        LateFee(LateFeeMode.MONTHLY_PERCENT, amount=Decimal(5)),
        LateFee(LateFeeMode.FLAT, amount=Decimal(-5)),
        LateFee(LateFeeMode.FLAT, amount=Decimal("5.001")),
        LateFee(LateFeeMode.FLAT, amount=Decimal(5), grace_days=-1),
        LateFee(LateFeeMode.FLAT, amount=Decimal("NaN")),
    ],
)
def test_a_late_fee_that_cannot_be_is_refused(bad: LateFee) -> None:
    with pytest.raises(RuleBroken) as refused:
        replace(SETTINGS, late_fee=bad)
    assert (refused.value.field or "").startswith("late_fee")


def test_a_large_fee_and_a_fee_in_whole_yen_may_be_set() -> None:
    large = LateFee(LateFeeMode.FLAT, amount=Decimal("5000.50"), cap=Decimal(9000))
    assert replace(SETTINGS, late_fee=large, currency="JPY").late_fee == large
