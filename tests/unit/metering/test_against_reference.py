"""Metering's arithmetic equals the slow reading of the rules, on generated evidence that fails in every way."""

from collections import defaultdict
from fractions import Fraction

import pytest

from metering.domain.spans import UsageSpan
from metering.domain.usage import derive_usage
from support.generator.chance import HOUR
from support.reference.case import contracts_of
from support.reference.counted import Counted, Evidence
from unit.metering.cases import END, START, Json, at, case, evidence_of, window_of


def derived(scenario: Json) -> UsageSpan | None:
    spans = derive_usage(evidence_of(scenario), [window_of(scenario)], [], (at(START), at(END)))
    return spans[0] if spans else None


def reference(scenario: Json) -> tuple[Evidence, list[Counted]]:
    evidence = Evidence(scenario)
    return evidence, evidence.counted(evidence.units[0], contracts_of(scenario)[0], START, END)


@pytest.mark.parametrize("block", range(20))
def test_energy_hours_and_failover_equal_the_reference(block: int) -> None:
    for seed in range(block * 50, block * 50 + 50):
        scenario = case(seed)
        evidence, counted = reference(scenario)
        span = derived(scenario)
        assert span is not None
        energy: dict[str, Fraction] = defaultdict(Fraction)
        hours: dict[str, Fraction] = defaultdict(Fraction)
        for one in counted:
            if one.method is not None:
                energy[one.method] += one.kwh
                hours[one.method] += one.hours
        lost = [one for one in counted if one.method is None]
        assert {method: usage.energy_kwh for method, usage in span.by_method.items()} == dict(energy), seed
        assert {method: usage.hours for method, usage in span.by_method.items()} == dict(hours), seed
        estimated = {one.method for one in counted if one.estimated and one.method == "metered"}
        assert {method for method, usage in span.by_method.items() if usage.estimated} == estimated, seed
        assert (span.failover.hours if span.failover else 0) == sum(one.hours for one in lost), seed
        mean = evidence.mean_price([(one.start, one.end) for one in lost])
        if span.failover and span.failover.priced_hours:
            assert span.failover.price_hours / span.failover.priced_hours == mean, seed
        else:
            assert mean is None, seed


@pytest.mark.parametrize("block", range(4))
def test_compared_energy_and_zero_time_equal_the_reference(block: int) -> None:
    for seed in range(block * 50, block * 50 + 50):
        scenario = case(seed)
        _, counted = reference(scenario)
        span = derived(scenario)
        assert span is not None
        both = [one for one in counted if one.method is not None and one.metered_kw is not None]
        assert span.compared_billed_kwh == sum(one.kwh for one in both), seed
        assert span.compared_pdu_kwh == sum((one.metered_kw or 0) * one.hours for one in both), seed
        zero: list[tuple[Fraction | int, Fraction | int]] = []
        for one in counted:
            if one.method is not None and one.kw == 0:
                start = zero.pop()[0] if zero and zero[-1][1] == one.start else one.start
                zero.append((start, one.end))
        assert span.zero_spans == tuple((at(start), at(end)) for start, end in zero), seed
        assert HOUR
