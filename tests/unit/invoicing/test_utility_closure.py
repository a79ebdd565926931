"""A site closed against its utility's bill; the loss allocated and passed on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from invoicing.domain.lines import LineKind, recomputed
from invoicing.domain.site_facts import SiteFacts
from invoicing.domain.terms_check import TermsRefused
from invoicing.domain.utility_closure import LossPassThrough, Party, PartyRepeated, UtilityBill, close_site, lines_for
from invoicing.domain.variance import Band
from unit.invoicing.extras_given import END, HOUR, START, given, terms_with

BILL = UtilityBill("s1", START, END, Decimal("52000.000"))
PARTIES = [
    Party("C1", "C1", Fraction(30000)),
    Party("C2", "C2", Fraction(18000)),
    Party("house", None, Fraction(2000)),
]


def test_the_loss_is_shared_by_metered_energy() -> None:
    closure = close_site(BILL, PARTIES)
    assert closure.loss_kwh == Decimal("2000.000")
    assert [share for _, share in closure.shares] == [Decimal("1200.000"), Decimal("720.000"), Decimal("80.000")]
    assert closure.variance is not None
    assert (closure.variance.percent, closure.variance.band) == (Decimal("-3.8462"), Band.GREEN)
    assert [loss.contract_id for loss in closure.losses()] == ["C1", "C2"]


def facts() -> SiteFacts:
    return SiteFacts(losses=tuple(close_site(BILL, PARTIES).losses()))


def test_a_contract_bears_its_part_at_its_rate_or_the_agreed_one() -> None:
    (line,) = lines_for(given(terms_with(LossPassThrough()), facts=facts()))
    assert (line.kind, line.kwh, line.amount) == (LineKind.UTILITY_LOSS, Decimal("1200.000"), Decimal("90.00"))
    assert recomputed(line, 2) == line.amount
    assert line.description == "part of the losses at site s1"
    (cheap,) = lines_for(given(terms_with(LossPassThrough(Decimal("0.05"))), facts=facts()))
    assert cheap.amount == Decimal("60.00")


def test_at_most_the_agreed_part_of_its_energy() -> None:
    (line,) = lines_for(given(terms_with(LossPassThrough(most_percent=Decimal(3))), facts=facts()))
    assert line.kwh == Decimal("900.000")
    assert lines_for(given(terms_with(LossPassThrough(most_percent=Decimal(0))), facts=facts())) == []


def test_without_the_setting_the_loss_stays_with_the_host() -> None:
    assert lines_for(given(terms_with(), facts=facts())) == []


def test_a_bill_belongs_to_the_period_in_which_it_ends() -> None:
    terms = terms_with(LossPassThrough())
    (loss, _) = facts().losses
    for at, count in ((END, 1), (END + HOUR, 0), (START, 0), (START + HOUR, 1)):
        moved = SiteFacts(losses=(replace(loss, bill_to_at=at),))
        assert len(lines_for(given(terms, facts=moved))) == count


def test_meters_above_the_bill_charge_nobody() -> None:
    closure = close_site(replace(BILL, energy_kwh=Decimal("49000.000")), PARTIES)
    assert closure.loss_kwh == Decimal("-1000.000")
    assert all(share == 0 for _, share in closure.shares)


def test_a_site_without_parties_or_use_allocates_nothing() -> None:
    assert close_site(BILL, []).shares == ()
    idle = close_site(BILL, [Party("house", None, Fraction(0))])
    assert idle.loss_kwh == Decimal("52000.000")
    assert idle.shares[0][1] == 0


def test_a_party_twice_or_below_zero_is_refused() -> None:
    with pytest.raises(PartyRepeated):
        close_site(BILL, [*PARTIES, PARTIES[0]])
    with pytest.raises(PartyRepeated):
        close_site(BILL, [Party("C1", "C1", Fraction(-1))])


@pytest.mark.parametrize("wrong", [{"rate": Decimal(-1)}, {"most_percent": Decimal(101)}])
def test_impossible_settings_are_refused(wrong: dict[str, Decimal]) -> None:
    with pytest.raises(TermsRefused):
        LossPassThrough(**wrong)


@cases(
    st.integers(0, 10**9),
    st.lists(st.fractions(0, 10**5, max_denominator=7_000), min_size=1, max_size=8),
)
def test_metered_energy_and_shares_sum_to_the_bill(thousandths: int, energies: list[Fraction]) -> None:
    bill = replace(BILL, energy_kwh=Decimal(thousandths).scaleb(-3))
    closure = close_site(bill, [Party(str(n), None, energy) for n, energy in enumerate(energies)])
    total = sum((share for _, share in closure.shares), Decimal(0))
    assert total == (closure.loss_kwh if closure.loss_kwh > 0 and closure.metered_kwh else 0)
    assert all(share >= 0 for _, share in closure.shares)
