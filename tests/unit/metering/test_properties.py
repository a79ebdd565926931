"""What must hold for any evidence: the issue's properties of energy and time."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from zoneinfo import available_timezones

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.clock import day_start
from metering.domain.registers import reads_of
from metering.domain.spans import UsageSpan
from metering.domain.usage import derive_usage, known_of, usage_of
from metering.domain.values import ContractWindow, Method, UnitEvidence
from support.generator.chance import DAY
from unit.metering.cases import END, START, at, case, evidence_of, shuffled
from unit.metering.plain import RATING, channel, when

ALL = [Method.METERED, Method.HASH, Method.CALCULATED]
WHOLE = (at(START), at(END))
SEEDS = st.integers(10_000, 10**9)
MOMENTS = st.integers(START, END).map(at)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Sums = dict[str, Fraction]


def sums(spans: list[UsageSpan]) -> Sums:
    """Every additive quantity of the spans, added up."""
    found: Sums = {}

    def add(name: str, number: Fraction) -> None:
        found[name] = found.get(name, Fraction(0)) + number

    for span in spans:
        for method, usage in span.by_method.items():
            add(f"{method} kWh", usage.energy_kwh)
            add(f"{method} h", usage.hours)
        if span.failover is not None:
            add("failover h", span.failover.hours)
            add("priced h", span.failover.priced_hours)
            add("price h", span.failover.price_hours)
        add("unbilled h", span.unbilled_hours)
        add("compared h", span.compared_hours)
        add("compared kWh", span.compared_billed_kwh)
        add("pdu kWh", span.compared_pdu_kwh)
        add("up h", span.up_hours)
        add("down h", span.down_hours)
        add("unknown h", span.unknown_hours)
        add("zero us", Fraction(sum((end - start) // timedelta(microseconds=1) for start, end in span.zero_spans)))
        for quarter in span.quarters:
            for method, kwh in quarter.by_method.items():
                add(f"{method} quarters kWh", kwh)
    return found


def owned(failover: bool = True, profile: bool = False) -> ContractWindow:
    return ContractWindow("C1", WHOLE[0], None, ALL, failover=failover, wants_profile=profile)


@QUICK
@given(seed=SEEDS)
def test_the_order_and_repetition_of_evidence_do_not_matter(seed: int) -> None:
    evidence = evidence_of(case(seed))
    expected = derive_usage(evidence, [owned()], [], WHOLE)
    found = derive_usage(shuffled(evidence, Random(seed)), [owned()], [], WHOLE)
    by_id = [
        replace(span, evidence=tuple(sorted(span.evidence, key=lambda one: one.channel_id)))
        for span in (*expected, *found)
    ]
    assert by_id[0] == by_id[1]


@QUICK
@given(seed=SEEDS, edges=st.lists(MOMENTS, max_size=6))
def test_adjacent_spans_add_up_to_the_whole(seed: int, edges: list[datetime]) -> None:
    known = known_of(evidence_of(case(seed)))
    assert sums(usage_of(known, [owned()], edges, WHOLE)) == sums(usage_of(known, [owned()], [], WHOLE))


@QUICK
@given(seed=SEEDS, edge=MOMENTS, step=st.integers(-DAY, DAY))
def test_an_edge_moved_within_a_span_changes_its_neighbours_by_opposite_amounts(
    seed: int, edge: datetime, step: int
) -> None:
    known = known_of(evidence_of(case(seed)))
    moved = min(max(edge + timedelta(seconds=step), WHOLE[0]), WHOLE[1])

    def kwh(span: tuple[datetime, datetime]) -> Fraction:
        return sum(
            (u.energy_kwh for one in usage_of(known, [owned()], [], span) for u in one.by_method.values()), Fraction(0)
        )

    gained = kwh((WHOLE[0], moved)) - kwh((WHOLE[0], edge))
    assert gained == kwh((edge, WHOLE[1])) - kwh((moved, WHOLE[1]))


@QUICK
@given(seed=SEEDS, edge=MOMENTS)
def test_a_hand_over_loses_and_doubles_nothing(seed: int, edge: datetime) -> None:
    known = known_of(evidence_of(case(seed)))
    handed = [replace(owned(), to_at=edge), replace(owned(), contract_id="C2", from_at=edge)]
    assert sums(usage_of(known, handed, [], WHOLE)) == sums(usage_of(known, [owned()], [], WHOLE))


@QUICK
@given(seed=SEEDS, failover=st.booleans(), order=st.permutations(ALL), count=st.integers(0, 3))
def test_billed_unbilled_and_failover_hours_are_the_covered_hours(
    seed: int, failover: bool, order: list[Method], count: int
) -> None:
    window = replace(owned(failover), methods=order[:count])
    span = derive_usage(evidence_of(case(seed)), [window], [], WHOLE)[0]
    billed = sum((usage.hours for usage in span.by_method.values()), Fraction(0))
    lost = span.failover.hours if span.failover else Fraction(0)
    assert billed + lost + span.unbilled_hours == Fraction(END - START, 3600)
    assert span.up_hours + span.down_hours + span.unknown_hours == Fraction(END - START, 3600)
    assert all(usage.energy_kwh >= 0 for usage in span.by_method.values())


@QUICK
@given(seed=SEEDS)
def test_quarters_sum_to_the_energy_of_each_method(seed: int) -> None:
    span = derive_usage(evidence_of(case(seed)), [owned(profile=True)], [], WHOLE)[0]
    for method, usage in span.by_method.items():
        parts = [quarter.by_method.get(method, Fraction(0)) for quarter in span.quarters]
        assert sum(parts, Fraction(0)) == usage.energy_kwh


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(sorted(available_timezones())),
    first_on=st.dates(date(2005, 1, 1), date(2026, 12, 1)),
)
def test_local_days_of_any_zone_add_up_to_the_time_between_them(zone: str, first_on: date) -> None:
    days = [day_start(first_on + timedelta(days=n), zone) for n in range(9)]
    reads = [(days[0] + timedelta(hours=7 * n - 24), Fraction(21 * n)) for n in range(50)]
    evidence = UnitEvidence("u", [RATING], channels=[reads_of(channel(), reads)])
    window = ContractWindow("C1", days[0], days[-1], [Method.METERED])
    spans = derive_usage(evidence, [window], days, (days[0] - timedelta(days=9), days[-1] + timedelta(days=9)))
    assert [span.to_at for span in spans] == sorted(set(days[1:]))
    energy = [span.by_method["metered"].energy_kwh for span in spans]
    assert energy == [3 * Fraction((span.to_at - span.from_at) // timedelta(minutes=1), 60) for span in spans]


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(st.integers(-3, 40_000), min_size=2, max_size=30),
    noise=st.randoms(use_true_random=False),
    first=st.integers(0, 9_999_999),
)
def test_energy_of_any_register_is_never_negative_nor_more_than_the_limit_allows(
    steps: list[int], noise: Random, first: int
) -> None:
    reads, register, minute = [], first, 0
    for step in steps:
        register = (register + step) % 10_000_000
        minute += noise.randint(1, 900)
        reads.append((when(Fraction(minute, 60)), Fraction(register, 1000)))
    evidence = UnitEvidence("u", [RATING], channels=[reads_of(channel(), reads)])
    spans = derive_usage(
        evidence,
        [ContractWindow("C1", when(0), None, [Method.METERED])],
        [at_ for at_, _ in reads],
        (when(0), when(999)),
    )
    for span in spans:
        for usage in span.by_method.values():
            assert 0 <= usage.energy_kwh <= usage.hours * Fraction(15, 4) + len(steps) * Fraction(2, 1000)
