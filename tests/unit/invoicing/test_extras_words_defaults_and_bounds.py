"""The extras and the ledger as others know them: words, defaults, fields of refusals, last possible figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from common.errors import RuleBroken
from invoicing.domain.commitment import MinimumCommitment
from invoicing.domain.curtailment import CurtailmentSettlement
from invoicing.domain.demand import DemandCharge
from invoicing.domain.extras import EXTRAS, extra_lines
from invoicing.domain.lines import LineKind
from invoicing.domain.market_price import MarketPassThrough, checked_prices
from invoicing.domain.rated import Source
from invoicing.domain.rating import STEPS, rate
from invoicing.domain.site_facts import (
    Curtailment,
    ExcusedClass,
    ExcusedEvent,
    Given,
    LossShare,
    PriceRow,
    SiteFacts,
    setting_of,
)
from invoicing.domain.uptime import CreditForm, UnknownTime, UptimePromise
from invoicing.domain.utility_closure import LossPassThrough, Party, UtilityBill, close_site
from support.words import words_of
from unit.invoicing.extras_given import END, HOUR, JANUARY, START, given, in_quarters, terms_with, usage_of

MODULES = ("ledger", "money_state", "site_facts", "uptime", "lines")
BILL = UtilityBill("s", START, END, Decimal(1))
ALL = (
    MarketPassThrough("hub"),
    DemandCharge(Decimal("7.50")),
    MinimumCommitment(Decimal(80), Decimal(35)),
    LossPassThrough(),
    CurtailmentSettlement(credit_per_kwh=Decimal("0.02")),
    UptimePromise(Decimal(95)),
)


def test_a_word_is_its_members_name() -> None:
    assert words_of("invoicing", *MODULES) == {"EntryKind": ["payment_started", "payment_stopped"]}


def test_extras_are_modest_by_default() -> None:
    demand = DemandCharge(Decimal(1))
    assert (demand.above_kw, demand.least_kw) == (Decimal(0), Decimal(0))
    minimum = MinimumCommitment(Decimal(80), Decimal(35))
    assert (minimum.rate, minimum.less_curtailed) == (None, True)
    assert (LossPassThrough().rate, LossPassThrough().most_percent) == (None, Decimal(100))
    settlement = CurtailmentSettlement()
    assert (settlement.credit_per_kwh, settlement.proceeds_percent, settlement.net_of_use) == (None, None, False)
    promise = UptimePromise(Decimal(95))
    assert (promise.form, promise.unknown, promise.cap_percent) == (
        CreditForm.POINTS,
        UnknownTime.LEFT_OUT,
        Decimal(100),
    )
    assert promise.excused == frozenset(ExcusedClass)
    event = Curtailment("c", START, END)
    assert (event.programme, event.proceeds, event.participants) == ("", None, ())
    assert event.concerns("any")


def test_all_extras_of_a_contract_make_their_lines_in_one_order() -> None:
    event = Curtailment("c", START, START + HOUR)
    facts = SiteFacts(
        prices=(PriceRow(START, END, Decimal(30)),),
        curtailments=(event,),
        losses=(LossShare("s1", "C1", END, Fraction(1000), Decimal("100.000")),),
    )
    usage = usage_of(
        kwh=1488,
        quarters=in_quarters(START, END, Fraction(1488)),
        up=600,
        down_spans=[(START, START + 144 * HOUR)],
    )
    rated = rate(Source(terms_with(*ALL), JANUARY, [usage], facts=facts))
    assert [line.kind for line in rated.lines] == [
        LineKind.ENERGY,
        LineKind.MARKET_ENERGY,
        LineKind.DEMAND,
        LineKind.COMMITMENT,
        LineKind.UTILITY_LOSS,
        LineKind.CURTAILMENT,
        LineKind.UPTIME_CREDIT,
    ]
    amounts = {line.kind: line.amount for line in rated.lines}
    assert amounts[LineKind.ENERGY] == Decimal("111.60")
    assert amounts[LineKind.MARKET_ENERGY] == Decimal("44.64")
    assert amounts[LineKind.DEMAND] == Decimal("15.00")
    assert amounts[LineKind.COMMITMENT] == Decimal("1450.59")
    assert amounts[LineKind.UTILITY_LOSS] == Decimal("7.50")
    assert amounts[LineKind.CURTAILMENT] == Decimal("-0.07")
    assert amounts[LineKind.UPTIME_CREDIT] == Decimal("-22.26")
    assert all(line.tax_code == "energy" and line.contract_id == "C1" for line in rated.lines)


def test_without_extras_and_out_of_force_nothing_is_added() -> None:
    assert extra_lines in STEPS
    assert len(EXTRAS) == 6
    plain = rate(Source(terms_with(), JANUARY, [usage_of(kwh=10)]))
    assert [line.kind for line in plain.lines] == [LineKind.ENERGY]
    assert extra_lines(plain) is plain
    assert setting_of(terms_with(*ALL), UptimePromise) == ALL[5]
    assert setting_of(terms_with(ALL[0]), UptimePromise) is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: DemandCharge(Decimal(-1)), "demand.per_kw"),
        (lambda: DemandCharge(Decimal(1), Decimal("0.0001")), "demand.above_kw"),
        (lambda: DemandCharge(Decimal(1), Decimal(0), Decimal(10_000_001)), "demand.least_kw"),
        (lambda: MinimumCommitment(Decimal(101), Decimal(35)), "commitment.percent"),
        (lambda: MinimumCommitment(Decimal(80), Decimal(10_000_001)), "commitment.of_kw"),
        (lambda: MinimumCommitment(Decimal(80), Decimal(35), Decimal(-1)), "commitment.rate"),
        (lambda: LossPassThrough(Decimal(-1)), "utility_loss.rate"),
        (lambda: LossPassThrough(most_percent=Decimal(101)), "utility_loss.most_percent"),
        (lambda: CurtailmentSettlement(Decimal(-1)), "curtailment.credit_per_kwh"),
        (lambda: CurtailmentSettlement(None, Decimal(101)), "curtailment.proceeds_percent"),
        (lambda: CurtailmentSettlement(Decimal(1), Decimal(1)), "curtailment"),
        (lambda: UptimePromise(Decimal(0)), "uptime.sla_percent"),
        (lambda: UptimePromise(Decimal(95), cap_percent=Decimal(101)), "uptime.cap_percent"),
        (lambda: UtilityBill("s", START, START, Decimal(1)), "utility_bill.to"),
        (lambda: UtilityBill("s", START, END, Decimal(-1)), "utility_bill.energy_kwh"),
        (lambda: UtilityBill("s", START, END, Decimal("0.0001")), "utility_bill.energy_kwh"),
        (lambda: ExcusedEvent("e", ExcusedClass.WEATHER, END, START), "excused_event.to"),
        (lambda: Curtailment("c", END, END), "curtailment.to"),
        (lambda: checked_prices([PriceRow(END, START, Decimal(1))]), "market_price.to"),
        (
            lambda: close_site(UtilityBill("s", START, END, Decimal(1)), [Party("p", None, Fraction(-1))]),
            "parties.metered_kwh",
        ),
    ],
)
def test_a_refusal_names_its_field_and_a_remedy(wrong: Callable[[], object], field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        wrong()
    assert refusal.value.field == field
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "possible",
    [
        lambda: DemandCharge(Decimal(1_000_000), Decimal(10_000_000), Decimal("0.001")),
        lambda: MinimumCommitment(Decimal(100), Decimal(10_000_000), Decimal(0)),
        lambda: UptimePromise(Decimal(100), cap_percent=Decimal(0)),
        lambda: UtilityBill("s", START, START + timedelta(microseconds=1), Decimal(10) ** 12),
        lambda: CurtailmentSettlement(proceeds_percent=Decimal(100)),
    ],
)
def test_the_last_possible_figures_are_possible(possible: Callable[[], object]) -> None:
    assert possible()


def test_what_is_given_knows_its_decimals_and_its_last_rate() -> None:
    here: Given = given(terms_with(rate="0.08"))
    assert here.decimals == 2
    assert here.last_rate == Decimal("0.08")
