"""From when changed terms price differently, when a day's billing work is done, and payments that are told again."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from invoicing.domain.amendment import first_difference
from invoicing.domain.explain import explained
from invoicing.domain.ledger_credit import Lot, taken
from invoicing.domain.ledger_payments import come_back, reversed_payment
from invoicing.domain.preferences import BadPreference, Preferences
from invoicing.domain.terms import ContractTerms, Failover, FailoverMode
from invoicing.domain.usage import FailoverUsage, PricedSpan
from support.billing import HASH, at, rated, rates, terms, used
from unit.invoicing.books import Books, usd

START = datetime(2024, 1, 1, tzinfo=UTC)
OLD = terms()


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (terms(), None),
        (terms(number="C-7"), None),
        (terms(rates=rates((START, "0.075"), (at(11), "0.08"))), at(11)),
        (terms(rates=rates((START, "0.075"), (at(11), "0.075"))), None),
        (terms(rates=rates((START, "0.08"))), START),
        (terms(last_on=date(2025, 1, 20)), at(21)),
        (terms(last_on=date(2025, 1, 20), rates=rates((START, "0.075"), (at(11), "0.08"))), at(11)),
        (terms(last_on=date(2025, 1, 5), rates=rates((START, "0.075"), (at(11), "0.08"))), at(6)),
        (terms(methods=(HASH,)), START),
        (terms(first_on=date(2023, 12, 1)), datetime(2023, 12, 1, tzinfo=UTC)),
    ],
)
def test_changed_terms_price_differently_from_the_first_instant_that_they_touch(
    new: ContractTerms, expected: datetime | None
) -> None:
    assert first_difference(OLD, new) == expected
    assert first_difference(new, OLD) == expected


def test_an_end_that_moves_reprices_from_the_earlier_one_on() -> None:
    early, late = terms(last_on=date(2025, 1, 20)), terms(last_on=date(2025, 1, 25))
    assert first_difference(early, late) == first_difference(late, early) == at(21)


def test_billing_work_is_done_at_the_local_time_that_was_set() -> None:
    early = Preferences(bill_at="02:45")
    assert early.bills_on(date(2025, 1, 20), "America/Chicago") == datetime(2025, 1, 20, 8, 45, tzinfo=UTC)
    assert early.bills_on(date(2025, 7, 20), "America/Chicago") == datetime(2025, 7, 20, 7, 45, tzinfo=UTC)


def test_the_next_billing_work_comes_strictly_after_an_instant() -> None:
    work = Preferences()
    first = datetime(2025, 1, 19, 13, 30, tzinfo=UTC)
    assert work.next_after(datetime(2025, 1, 19, 13, 29, tzinfo=UTC), "Asia/Tokyo") == datetime(
        2025, 1, 19, 15, 30, tzinfo=UTC
    )
    assert work.next_after(datetime(2025, 1, 19, 15, 30, tzinfo=UTC), "Asia/Tokyo") == datetime(
        2025, 1, 20, 15, 30, tzinfo=UTC
    )
    assert work.next_after(first, "UTC") == datetime(2025, 1, 20, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("bill_at", "24:00"),
        ("bill_at", "7:30"),
        ("number_prefix", "X" * 21),
        ("number_prefix", "A B"),
        ("credit_note_prefix", "Ü-"),
        ("footer", "x" * 2001),
    ],
)
def test_a_preference_that_cannot_be_followed_is_refused_by_its_name(field: str, given: str) -> None:
    with pytest.raises(BadPreference) as refused:
        Preferences(**{field: given})  # type: ignore[arg-type]
    assert refused.value.field == field


def test_the_longest_preferences_are_accepted() -> None:
    assert Preferences(number_prefix="X" * 20, footer="x" * 2000, bill_at="23:59").bill_at == "23:59"


@pytest.mark.parametrize(("taken", "told", "brings"), [("100", "100", "100"), ("30", "100", "30"), ("30", "60", "0")])
def test_a_payment_told_again_after_a_reversal_brings_what_that_took_and_no_more(
    taken: str, told: str, brings: str
) -> None:
    books = Books()
    books.issue("i1", "100")
    books.pay("p1", "100", "i1")
    books.post(reversed_payment(books.head("r1"), "p1", usd(taken), books.entries))
    own = [entry for entry in books.entries if entry.source_id in ("p1", "r1")]
    assert come_back(own, "p1", usd(told)) == usd(brings)


def test_a_payment_told_twice_brings_nothing() -> None:
    books = Books()
    books.issue("i1", "100")
    books.pay("p1", "100", "i1")
    own = [entry for entry in books.entries if entry.source_id == "p1"]
    assert come_back(own, "p1", usd("100")) == come_back([], "p1", usd("100")) == 0


def test_failover_at_a_fixed_rate_shows_its_hours_rating_and_the_series_beside_it() -> None:
    contract = terms(failover=Failover(FailoverMode.FIXED_RATE, rate=Decimal("0.09")))
    row = PricedSpan(at(1), at(2), Fraction(50))
    usage = used("u1", failover=FailoverUsage(Fraction(24), Fraction(24), Fraction(1200)), hashprice=(row,))
    (line,) = rated(contract, usage).lines
    (unit,) = [node for node in explained(line, "USD", contract, [usage]).children if node.text.startswith("unit")]
    (span,) = unit.children
    assert span.text == ("2025-01-01T00:00:00Z to 2025-02-01T00:00:00Z: 84 kWh; 24 h without evidence x rated 3.5 kW")
    assert [one.text for one in span.children] == ["hashprice 50 from 2025-01-01T00:00:00Z to 2025-01-02T00:00:00Z"]


def test_lots_are_taken_oldest_first_and_none_for_nothing() -> None:
    lots = [Lot("b", at(2), usd("5")), Lot("c", at(3), usd("5")), Lot("a", at(1), usd("0"))]
    assert taken(lots, usd("5")) == [("b", usd("5"))]
    assert taken(lots, usd("7")) == [("b", usd("5")), ("c", usd("2"))]


def test_cents_are_taken_back_like_dollars() -> None:
    books = Books()
    books.issue("i1", "0.60")
    books.pay("p1", "0.90", "i1")
    books.post(reversed_payment(books.head("r1"), "p1", usd("0.90"), books.entries))
    assert (books.credit(), books.owed("i1"), books.owed(None)) == (usd("0"), usd("0.60"), usd("0"))
