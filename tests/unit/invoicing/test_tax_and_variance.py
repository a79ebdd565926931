"""Tax per code and the variance against the meter (rules 1.2, 4.4, 7.6)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from common.errors import RuleBroken
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.settings import TaxSettings
from invoicing.domain.tax import taxes_of
from invoicing.domain.variance import Band, variance_of


def service(amount: str, code: str | None) -> Line:
    return Line(LineKind.SERVICE, Decimal(amount), code)


def tax(percent: str, *amounts: str, inclusive: bool = False, decimals: int = 2) -> str:
    lines = [service(amount, "repair") for amount in amounts]
    (only,) = taxes_of(lines, TaxSettings({"repair": Decimal(percent)}, inclusive), decimals)
    return str(only.amount)


def test_tax_is_computed_once_on_the_sum() -> None:
    assert tax("8.25", "10.10", "10.10", "10.10") == "2.50"


def test_half_a_cent_is_rounded_away_from_zero_on_both_sides() -> None:
    assert (tax("8.25", "310.00"), tax("8.25", "-310.00")) == ("25.58", "-25.58")


def test_inclusive_tax_is_contained() -> None:
    assert tax("8.25", "108.25", inclusive=True) == "8.25"


def test_yen_have_whole_tax() -> None:
    assert tax("5", "442", inclusive=True, decimals=0) == "21"


def test_each_code_by_itself_and_codes_without_a_rate_not_at_all() -> None:
    lines = [service("10", "repair"), service("10", "energy"), service("10", "parts"), service("10", None)]
    rates = TaxSettings({"energy": Decimal(10), "repair": Decimal(20), "visit": Decimal(30)})
    assert [(t.code, str(t.amount)) for t in taxes_of(lines, rates, 2)] == [("repair", "2.00"), ("energy", "1.00")]


@pytest.mark.parametrize("percent", ["100.01", "-1", "NaN", "Infinity"])
def test_a_tax_that_cannot_be_is_refused(percent: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        TaxSettings({"energy": Decimal(percent)})
    assert refused.value.field == "tax.energy"


@pytest.mark.parametrize(
    ("billed", "pdu", "percent", "band"),
    [
        ("2462.961", "2551.434", "-3.4676", Band.GREEN),
        ("1049.999", "1000", "4.9999", Band.GREEN),
        ("1050", "1000", "5.0000", Band.YELLOW),
        ("950", "1000", "-5.0000", Band.YELLOW),
        ("1199.99", "1000", "19.9990", Band.YELLOW),
        ("1200", "1000", "20.0000", Band.RED),
        ("800", "1000", "-20.0000", Band.RED),
        ("1049.9999999", "1000", "5.0000", Band.GREEN),
    ],
)
def test_the_bands_are_decided_on_the_exact_figure(billed: str, pdu: str, percent: str, band: Band) -> None:
    variance = variance_of(Fraction(billed), Fraction(pdu))
    assert variance is not None
    assert (str(variance.percent), variance.band) == (percent, band)


def test_without_pdu_energy_there_is_neither_figure_nor_colour() -> None:
    assert variance_of(Fraction(5), Fraction(0)) is None
