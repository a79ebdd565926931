"""Days summed into one span bill exactly as the days do (rule 1.2)."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.rated import Rated
from invoicing.domain.sums import UsageRefused, merged, sum_usage
from invoicing.domain.terms import Failover, FailoverMode
from invoicing.domain.usage import ChannelEvidence, FailoverUsage, MethodUsage, Quarter, UnitUsage
from support.billing import HASH, METERED, at, rated, terms, used

EXACT = st.fractions(0, 500, max_denominator=9_973)


def day(number: int, kwh: Fraction, failed: Fraction, price: Fraction) -> UnitUsage:
    """A day of which some hours are metered, some failover, the rest without evidence."""
    failed = failed / 100
    return used(
        "u1",
        from_at=at(number),
        to_at=at(number + 1),
        by_method={METERED: MethodUsage(kwh, Fraction(10), number % 7 == 0), HASH: MethodUsage(kwh / 3, Fraction(2))},
        failover=FailoverUsage(failed, failed, failed * price),
        unbilled_hours=12 - failed,
        compared_billed_kwh=kwh,
        compared_pdu_kwh=kwh / 2,
        compared_hours=Fraction(10),
        quarters=(Quarter(at(number), {METERED: kwh / 40}),),
    )


def printed(result: Rated) -> object:
    return (
        [(line.kind, line.kwh, line.amount, line.units, line.estimated) for line in result.lines],
        result.unbilled,
        result.caps,
        result.sums.billed_kwh,
        result.sums.pdu_kwh,
    )


@given(st.lists(st.tuples(EXACT, EXACT, EXACT), min_size=1, max_size=30))
def test_the_sum_of_the_days_bills_as_the_days(days: list[tuple[Fraction, Fraction, Fraction]]) -> None:
    spans = [day(number, *values) for number, values in enumerate(days, 1)]
    for failover in (
        Failover(FailoverMode.MARKET_HASHPRICE, percent=Decimal("33.333")),
        Failover(FailoverMode.FIXED_RATE, rate=Decimal("0.081")),
    ):
        contract = terms(failover=failover, power_cap_kw=Decimal(9), overage_rate=Decimal("0.5"))
        assert printed(rated(contract, *spans)) == printed(rated(contract, sum_usage(spans)))


@given(st.lists(EXACT, min_size=2, max_size=12), st.integers(1, 11))
def test_sums_of_sums_are_the_sum(kwh: list[Fraction], cut: int) -> None:
    spans = [day(number, energy, energy, energy) for number, energy in enumerate(kwh, 1)]
    cut = min(cut, len(spans) - 1)
    assert sum_usage([sum_usage(spans[:cut]), sum_usage(spans[cut:])]) == sum_usage(spans)


def test_gaps_between_spans_are_not_covered() -> None:
    spans = [used("u1", from_at=at(1), to_at=at(2)), used("u1", from_at=at(2), to_at=at(3))]
    assert sum_usage(spans).parts == ((at(1), at(3)),)
    apart = [*spans, used("u1", from_at=at(5), to_at=at(6))]
    assert sum_usage(apart).parts == ((at(1), at(3)), (at(5), at(6)))


def test_zero_spans_that_touch_become_one() -> None:
    spans = [
        used("u1", from_at=at(1), to_at=at(2), zero_spans=((at(1, 9), at(2)),)),
        used("u1", from_at=at(2), to_at=at(3), zero_spans=((at(2), at(2, 3)), (at(2, 5), at(2, 6)))),
    ]
    assert sum_usage(spans).zero_spans == ((at(1, 9), at(2, 3)), (at(2, 5), at(2, 6)))


def test_evidence_keeps_the_first_and_the_last_read() -> None:
    def seen(first: datetime, last: datetime) -> ChannelEvidence:
        return ChannelEvidence("p1", first, Fraction(first.day), last, Fraction(last.day), 2)

    spans = [
        used("u1", from_at=at(2), to_at=at(3), evidence=(seen(at(2), at(3)),)),
        used("u1", from_at=at(1), to_at=at(2), evidence=(seen(at(1), at(2)),)),
    ]
    assert sum_usage(spans).evidence == (ChannelEvidence("p1", at(1), Fraction(1), at(3), Fraction(3), 4),)


@pytest.mark.parametrize("change", [{"contract_id": "C2"}, {"rated_w": Fraction(1)}, {"rated_ths": Fraction(1)}])
def test_spans_of_different_things_do_not_add_up(change: dict[str, object]) -> None:
    with pytest.raises(UsageRefused, match="do not add up"):
        sum_usage([used("u1"), used("u1", **change)])


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 20)), max_size=12))
def test_merged_spans_cover_the_same_hours_and_never_touch(spans: list[tuple[int, int]]) -> None:
    hour = timedelta(hours=1)
    result = merged((at(1) + start * hour, at(1) + (start + length) * hour) for start, length in spans)
    covered = {start + i for start, length in spans for i in range(length)}
    assert {int((a - at(1)) / hour) + i for a, b in result for i in range(int((b - a) / hour))} == covered
    assert all(one[1] < other[0] for one, other in pairwise(result))
