"""Minimum commitment (E26) and the demand charge (E17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from invoicing.domain import commitment, demand
from invoicing.domain.commitment import MinimumCommitment
from invoicing.domain.demand import DemandCharge, Peak, peak_of
from invoicing.domain.extras import wants_profile
from invoicing.domain.lines import LineKind, LineMethod, recomputed
from invoicing.domain.rated import Source
from invoicing.domain.rating import rate
from invoicing.domain.site_facts import Curtailment, SiteFacts
from invoicing.domain.terms import RateFrom
from invoicing.domain.terms_check import TermsRefused
from unit.invoicing.extras_given import END, HOUR, JANUARY, START, energy_line, given, terms_with, usage_of

EIGHTY = MinimumCommitment(Decimal(80), Decimal(35))
QUARTERS = [
    (START + timedelta(minutes=15 * n), Fraction(energy)) for n, energy in enumerate(["9.2", "9.3", "9.0", "8.6"])
]


def test_the_shortfall_is_billed_beside_the_energy() -> None:
    energy, short = rate(Source(terms_with(EIGHTY), JANUARY, [usage_of(kwh=18250)])).lines
    assert short.description == "minimum of 20832.000 kWh, 18250.000 kWh used"
    assert energy.amount == Decimal("1368.75")
    assert (short.kind, short.kwh, short.amount) == (LineKind.COMMITMENT, Decimal("2582.000"), Decimal("193.65"))
    assert energy.amount + short.amount == Decimal("1562.40")
    assert recomputed(short, 2) == short.amount


def test_just_enough_use_has_no_shortfall() -> None:
    enough = [energy_line("1562.40", kwh="20832.000")]
    assert commitment.lines_for(given(terms_with(EIGHTY), lines=enough)) == []
    almost = [energy_line("1562.40", kwh="20831.999")]
    assert commitment.lines_for(given(terms_with(EIGHTY), lines=almost))[0].kwh == Decimal("0.001")


def test_failover_at_a_fixed_rate_counts_as_use_and_by_hashprice_not() -> None:
    fixed = replace(energy_line("0", kwh="20832.000"), kind=LineKind.FAILOVER, method=LineMethod.FIXED_RATE)
    assert commitment.lines_for(given(terms_with(EIGHTY), lines=[fixed])) == []
    market = replace(fixed, kwh=None, method=LineMethod.MARKET_HASHPRICE)
    assert commitment.lines_for(given(terms_with(EIGHTY), lines=[market]))[0].kwh == Decimal("20832.000")


def test_only_the_contracts_own_hours_are_committed() -> None:
    terms = replace(terms_with(EIGHTY), first_on=date(2025, 1, 31))
    assert commitment.lines_for(given(terms))[0].kwh == Decimal("672.000")


def test_what_the_host_asked_to_leave_unused_lowers_the_minimum() -> None:
    facts = SiteFacts(curtailments=(Curtailment("c1", START, START + 10 * HOUR),))
    usage = [usage_of(f"u{n}") for n in range(10)]
    lowered = commitment.lines_for(given(terms_with(EIGHTY), usage, facts))[0]
    assert lowered.kwh == Decimal("20832.000") - Decimal("280.000")
    long = SiteFacts(curtailments=(Curtailment("c1", START, END),))
    assert commitment.lines_for(given(terms_with(EIGHTY), [usage_of(f"u{n}") for n in range(11)], long)) == []
    firm = replace(EIGHTY, less_curtailed=False)
    assert commitment.lines_for(given(terms_with(firm), usage, facts))[0].kwh == Decimal("20832.000")


def test_its_own_rate_or_the_last_one_of_the_period() -> None:
    dear = replace(EIGHTY, rate=Decimal("0.05"))
    assert commitment.lines_for(given(terms_with(dear)))[0].rate == Decimal("0.05")
    terms = terms_with(EIGHTY)
    risen = replace(terms, rates=(*terms.rates, RateFrom(START + 24 * HOUR, Decimal("0.08"))))
    assert commitment.lines_for(given(risen))[0].rate == Decimal("0.08")


def test_the_peak_is_the_highest_quarter_hour() -> None:
    terms = terms_with(DemandCharge(Decimal("7.50")))
    (line,) = demand.lines_for(given(terms, [usage_of(quarters=QUARTERS)]))
    assert (line.kind, line.quantity, line.amount) == (LineKind.DEMAND, Decimal("37.200"), Decimal("279.00"))
    assert recomputed(line, 2) == line.amount
    assert line.description == "peak of 37.200 kW, reached at 2025-01-01T00:15:00Z; kW"


def test_only_what_lies_above_the_free_power() -> None:
    terms = terms_with(DemandCharge(Decimal("7.50"), above_kw=Decimal(35)))
    (above,) = demand.lines_for(given(terms, [usage_of(quarters=QUARTERS)]))
    assert above.amount == Decimal("16.50")
    assert above.description.endswith("; kW above 35 kW")
    high = terms_with(DemandCharge(Decimal("7.50"), above_kw=Decimal("37.2")))
    assert demand.lines_for(given(high, [usage_of(quarters=QUARTERS)])) == []


def test_the_least_demand_is_billed_without_any_use() -> None:
    terms = terms_with(DemandCharge(Decimal("7.50"), least_kw=Decimal(20)))
    (least,) = demand.lines_for(given(terms))
    assert (least.amount, least.description) == (Decimal("150.00"), "peak of 20 kW; kW")
    assert demand.lines_for(given(terms_with(DemandCharge(Decimal("7.50"))))) == []


def test_units_and_pieces_of_a_quarter_add_up_and_the_earliest_peak_is_named() -> None:
    pieces = [
        usage_of("u1", quarters=[(START + HOUR, Fraction(2))]),
        usage_of("u2", quarters=[(START + HOUR, Fraction(1))]),
        usage_of("u2", quarters=[(START + HOUR, Fraction(2)), (START, Fraction(5))]),
    ]
    peak = peak_of(given(terms_with(), pieces))
    assert peak is not None
    assert peak.at == START
    assert peak.power_kw == 20
    more = [*pieces, usage_of("u3", quarters=[(START + HOUR, Fraction(1, 3))])]
    assert peak_of(given(terms_with(), more)) == Peak(START + HOUR, Fraction(64, 3))


@pytest.mark.parametrize("wrong", ["-1", "NaN", "0.0000001", "1000001"])
def test_impossible_prices_are_refused(wrong: str) -> None:
    with pytest.raises(TermsRefused):
        DemandCharge(Decimal(wrong))


@pytest.mark.parametrize(("percent", "kw"), [("101", "35"), ("-1", "35"), ("80", "-1")])
def test_impossible_commitments_are_refused(percent: str, kw: str) -> None:
    with pytest.raises(TermsRefused):
        MinimumCommitment(Decimal(percent), Decimal(kw))


def test_only_some_settings_need_a_profile() -> None:
    assert wants_profile((DemandCharge(Decimal(1)),))
    assert not wants_profile((EIGHTY,))
