"""Fixed monthly amounts by unit and by site, prorated by actual days (rules 2.5, 5)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from invoicing.domain.lines import recomputed
from invoicing.domain.periods import period_named
from invoicing.domain.terms import ContractType, SiteFee
from support.billing import amounts, at, plain_terms, rated, used

FIXED = plain_terms(fixed_monthly=Decimal("169.64"), first_on=date(2024, 1, 24))


def om(*sites: SiteFee, **changes: object) -> object:
    return plain_terms(type=ContractType.OM, sites=sites, **changes)


def test_two_units_for_eight_days_are_one_line_rounded_once() -> None:
    eight = {"from_at": at(24), "to_at": at(1, month=2)}
    (line,) = rated(FIXED, used("u1", **eight), used("u2", **eight)).lines
    assert (str(line.amount), line.kwh, line.tax_code) == ("87.56", None, "fixed")
    assert recomputed(line, 2) == line.amount


def test_a_day_covered_in_part_counts_by_its_share() -> None:
    (line,) = rated(FIXED, used("u1", from_at=at(1), to_at=at(2, 12))).lines
    assert line.products[0].factors[1].value == Fraction(3, 2)


def test_a_day_of_23_hours_is_a_whole_day_and_half_of_it_a_half() -> None:
    march = period_named("2025-03", 1, "America/Chicago")
    contract = plain_terms(fixed_monthly=Decimal(31), timezone="America/Chicago")
    whole = rated(contract, used("u1", from_at=march.from_at, to_at=march.to_at), period=march)
    assert amounts(whole.lines) == ["31.00"]
    half = rated(contract, used("u1", from_at=at(9, 6, month=3), to_at=at(9, 17, 30, month=3)), period=march)
    assert half.lines[0].products[0].factors[1].value == Fraction(1, 2)


def test_daily_spans_cover_as_the_whole_month_does() -> None:
    days = [used("u1", from_at=at(d), to_at=at(d + 1)) for d in range(1, 31)] + [
        used("u1", from_at=at(31), to_at=at(1, month=2))
    ]
    assert amounts(rated(FIXED, *days).lines) == ["169.64"]


def test_a_contract_without_units_in_the_period_has_no_line() -> None:
    assert rated(FIXED).lines == ()


def test_each_site_has_its_line_for_its_own_days_within_the_contract() -> None:
    contract = om(
        SiteFee("S1", Decimal("4120.84")),
        SiteFee("S2", Decimal("3100"), from_on=date(2025, 1, 11), to_on=date(2025, 1, 20)),
        SiteFee("S3", Decimal("3100"), to_on=date(2024, 12, 31)),
        first_on=date(2025, 1, 10),
    )
    assert amounts(rated(contract).lines) == ["2924.47", "1000.00"]  # type: ignore[arg-type]


def test_the_last_day_of_a_site_counts() -> None:
    contract = om(SiteFee("S1", Decimal(3100), from_on=date(2025, 1, 31), to_on=date(2025, 1, 31)))
    assert amounts(rated(contract).lines) == ["100.00"]  # type: ignore[arg-type]


def test_a_month_that_lost_a_day_to_the_date_line_costs_a_whole_month() -> None:
    december = period_named("2011-12", 18, "Pacific/Apia")
    contract = om(SiteFee("S1", Decimal("5590")), timezone="Pacific/Apia", first_on=date(2011, 10, 18))
    assert amounts(rated(contract, period=december).lines) == ["5590.00"]  # type: ignore[arg-type]
