"""Section 9 of docs/billing-rules.md: the amounts printed in bold in each worked case are those that the code bills.

And what explain prints of each line gives its amount again (issue 4, Explain).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from invoicing.domain.adjustment import Recomputed, adjustment_lines, posted_of
from invoicing.domain.commitment import MinimumCommitment
from invoicing.domain.curtailment import CurtailmentSettlement
from invoicing.domain.demand import DemandCharge
from invoicing.domain.explain import explained
from invoicing.domain.lines import Line
from invoicing.domain.market_price import MarketPassThrough
from invoicing.domain.rated import Source
from invoicing.domain.rating import rate
from invoicing.domain.site_facts import Curtailment, ExcusedClass, ExcusedEvent, Participant, PriceRow, SiteFacts
from invoicing.domain.uptime import CreditForm, UptimePromise
from invoicing.domain.uptime import lines_for as uptime_lines
from invoicing.domain.usage import UnitUsage
from invoicing.domain.utility_closure import LossPassThrough, Party, UtilityBill, close_site
from support.explained import again
from unit.invoicing.extras_given import END, HOUR, JANUARY, START, energy_line, given, in_quarters, terms_with, usage_of

PAGE = Path(__file__).parents[3] / "docs" / "billing-rules.md"
BOLD = re.compile(r"\*\*(-?)\$([\d ]+\.\d\d)\*\*")


def printed(section: str) -> list[Decimal]:
    """The bold amounts of a section's case, in the order of the text."""
    text = PAGE.read_text(encoding="utf-8").split(f"### {section} ")[1].split("\n### ")[0].split("\n## ")[0]
    return [Decimal(sign + amount.replace(" ", "")) for sign, amount in BOLD.findall(text.split("*Case.*")[1])]


def billed(
    *extras: object, usage: list[UnitUsage], facts: SiteFacts | None = None, per_kwh: str = "0.075"
) -> list[Line]:
    """All lines of the contract, energy first."""
    terms = terms_with(*extras, rate=per_kwh)
    return list(rate(Source(terms, JANUARY, usage, facts=facts or SiteFacts())).lines)


def market() -> list[Line]:
    hours = [("31.250", "28.40"), ("33.900", "41.75"), ("0", "912.10"), ("34.125", "-6.20")]
    quarters = [
        quarter
        for n, (kwh, _) in enumerate(hours)
        for quarter in in_quarters(START + n * HOUR, START + (n + 1) * HOUR, Fraction(kwh))
        if quarter[1]
    ]
    rows = tuple(PriceRow(START + n * HOUR, START + (n + 1) * HOUR, Decimal(p)) for n, (_, p) in enumerate(hours))
    final = tuple(replace(row, per_mwh=row.per_mwh + Decimal("0.30")) for row in rows)
    usage = [usage_of(kwh=Fraction("99.275"), quarters=quarters)]
    first = billed(MarketPassThrough("hub"), usage=usage, facts=SiteFacts(prices=rows), per_kwh="0.0115")
    then = billed(MarketPassThrough("hub"), usage=usage, facts=SiteFacts(prices=final), per_kwh="0.0115")
    again_lines = Recomputed("C1", "2025-01", tuple(then))
    return [first[1], first[0], *adjustment_lines([again_lines], posted_of([("2025-01", first)]))]


def demand() -> list[Line]:
    quarters = [
        (START + timedelta(minutes=15 * n), Fraction(kwh)) for n, kwh in enumerate(["9.2", "9.3", "9.0", "8.6"])
    ]
    usage = [usage_of(kwh=Fraction("36.1"), quarters=quarters)]
    charges = (DemandCharge(Decimal("7.50")), DemandCharge(Decimal("7.50"), above_kw=Decimal(35)))
    return [billed(charge, usage=usage)[1] for charge in charges]


def commitment() -> list[Line]:
    return billed(MinimumCommitment(Decimal(80), Decimal(35)), usage=[usage_of(kwh=18250)])


def losses() -> list[Line]:
    parties = [Party("C1", "C1", Fraction(30000)), Party("C2", "C2", Fraction(18000)), Party("h", None, Fraction(2000))]
    closure = close_site(UtilityBill("s1", START, END, Decimal("52000.000")), parties)
    facts = SiteFacts(losses=tuple(closure.losses()))
    agreed = (LossPassThrough(), LossPassThrough(most_percent=Decimal(3)))
    return [billed(one, usage=[usage_of(kwh=30000)], facts=facts)[1] for one in agreed]


def curtailment() -> list[Line]:
    event = Curtailment("dr-1", START + 10 * HOUR, START + 14 * HOUR, proceeds=Decimal("100.00"))
    parts = tuple(Participant(f"u{n}", "C1" if n < 2 else None, Fraction(14)) for n in range(3))
    paid = replace(event, participants=parts)
    by_energy = CurtailmentSettlement(credit_per_kwh=Decimal("0.02"))
    units = [usage_of("u1", kwh=1), usage_of("u2", kwh=1, rated_w=3250)]
    by_share = CurtailmentSettlement(proceeds_percent=Decimal(60))
    return [
        billed(by_energy, usage=units, facts=SiteFacts(curtailments=(event,)))[1],
        billed(by_share, usage=units, facts=SiteFacts(curtailments=(paid,)))[1],
    ]


def uptime() -> list[Line]:
    down = [(START + 100 * HOUR, START + 174 * HOUR + timedelta(minutes=24))]
    usage = [usage_of(up=Fraction("669.6"), down_spans=down)]
    excused = SiteFacts(excused=(ExcusedEvent("e1", ExcusedClass.MAINTENANCE, START + 90 * HOUR, START + 120 * HOUR),))
    promise, bill = UptimePromise(Decimal(95)), [energy_line("191.36")]
    shared = UptimePromise(Decimal(95), form=CreditForm.SHARE)
    told = [(promise, excused), (shared, excused), (promise, SiteFacts())]
    return [uptime_lines(given(terms_with(one), usage, facts, bill))[0] for one, facts in told]


CASES: list[tuple[str, Callable[[], list[Line]]]] = [
    ("9.1", market),
    ("9.2", demand),
    ("9.3", commitment),
    ("9.4", losses),
    ("9.5", curtailment),
    ("9.6", uptime),
]
SUMS: dict[str, Callable[[list[Decimal]], list[Decimal]]] = {
    "9.1": lambda a: [a[0], a[1], a[0] + a[1], a[2]],
    "9.3": lambda a: [a[1], a[0] + a[1]],
}
"""Where the text prints sums of lines beside them."""


@pytest.mark.parametrize(("section", "lines"), CASES, ids=[section for section, _ in CASES])
def test_the_worked_case_of_the_page_is_what_is_billed(section: str, lines: Callable[[], list[Line]]) -> None:
    amounts = [line.amount for line in lines()]
    assert (SUMS[section](amounts) if section in SUMS else amounts) == printed(section)


@pytest.mark.parametrize(("section", "lines"), CASES, ids=[section for section, _ in CASES])
def test_its_explanation_gives_the_amount_again(section: str, lines: Callable[[], list[Line]]) -> None:
    assert [again(explained(line, "USD"), 2) for line in lines()] == [line.amount for line in lines()]
