"""Failover and what stays unbilled (rules 4.2, 4.3)."""

from decimal import Decimal
from fractions import Fraction

from invoicing.domain.lines import LineKind, LineMethod, recomputed
from invoicing.domain.terms import Failover, FailoverMode
from invoicing.domain.usage import FailoverUsage
from support.billing import amounts, at, plain_terms, rated, terms, used

MARKET = terms(failover=Failover(FailoverMode.MARKET_HASHPRICE, percent=Decimal(60)))
FIXED = terms(failover=Failover(FailoverMode.FIXED_RATE, rate=Decimal("0.09")))


def lost(hours: str, priced: str = "0", price_hours: str = "0") -> FailoverUsage:
    return FailoverUsage(Fraction(hours), Fraction(priced), Fraction(price_hours))


def test_fixed_rate_bills_the_nameplate_for_the_hours_without_evidence() -> None:
    (line,) = rated(FIXED, used("u1", failover=lost("36.5"), rated_w=Fraction(35000))).lines
    assert (line.kind, line.method, str(line.kwh), str(line.amount)) == (
        LineKind.FAILOVER,
        LineMethod.FIXED_RATE,
        "1277.500",
        "114.98",
    )


def test_market_failover_averages_the_price_over_the_units_own_time() -> None:
    usage = used(
        "u1", failover=lost("36.5", "36.5", str(12 * Fraction("54.10") + Fraction("24.5") * Fraction("55.90")))
    )
    (line,) = rated(MARKET, used("u1", failover=usage.failover, rated_ths=Fraction(2000))).lines
    assert (line.method, str(line.amount), line.kwh) == (LineMethod.MARKET_HASHPRICE, "100.94", None)
    assert recomputed(line, 2) == line.amount


def test_the_units_of_market_failover_are_summed_and_rounded_once() -> None:
    third = lost("1", "1", "0.5")
    (line,) = rated(MARKET, *(used(f"u{i}", failover=third) for i in range(3))).lines
    one = Fraction("0.6") * Fraction("0.5") * Fraction(200, 1000) / 24
    assert line.amount == round(Decimal(3 * one.numerator) / one.denominator, 2)
    assert len(line.products) == 3


def test_time_without_a_price_takes_the_mean_of_the_priced_time() -> None:
    (line,) = rated(MARKET, used("u1", failover=lost("48", "24", str(24 * 50)), rated_ths=Fraction(1000))).lines
    assert str(line.amount) == "60.00"


def test_without_any_price_the_unit_is_unbilled_and_the_others_are_billed() -> None:
    result = rated(
        MARKET,
        used("u1", failover=lost("24")),
        used("u2", failover=lost("24", "24", "1200"), rated_ths=Fraction(1000)),
    )
    assert amounts(result.lines) == ["30.00"]
    assert result.unbilled == {"u1": 24}


def test_daily_spans_and_one_long_span_give_the_same_mean() -> None:
    days = [used("u1", failover=lost("12", "12", str(12 * price))) for price in (40, 60)]
    whole = used("u1", failover=lost("24", "24", str(12 * 100)))
    assert amounts(rated(MARKET, *days).lines) == amounts(rated(MARKET, whole).lines)


def test_a_rate_change_does_not_split_failover() -> None:
    assert len(rated(FIXED, used("u1", failover=lost("1")), used("u1", failover=lost("2"))).lines) == 1


def test_time_without_evidence_and_failover_is_listed_by_unit() -> None:
    result = rated(terms(), used("u1", unbilled_hours=Fraction(1, 3)), used("u1", unbilled_hours=Fraction(2, 3)))
    assert result.lines == ()
    assert result.unbilled == {"u1": 1}


def test_a_fixed_amount_leaves_nothing_unbilled() -> None:
    assert rated(plain_terms(fixed_monthly=Decimal(10)), used("u1", unbilled_hours=Fraction(744))).unbilled == {}


def test_a_fixed_amount_is_not_billed_once_more_by_failover() -> None:
    contract = plain_terms(fixed_monthly=Decimal(10), failover=FIXED.failover)
    result = rated(contract, used("u1", failover=lost("744")))
    assert [line.kind for line in result.lines] == [LineKind.FIXED]


def test_hours_without_a_price_join_the_hours_that_were_unbilled_already() -> None:
    first = used("u1", failover=lost("5"), unbilled_hours=Fraction(3), from_at=at(1), to_at=at(2))
    assert rated(MARKET, first).unbilled == {"u1": 8}
