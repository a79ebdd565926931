"""A quote's life: draft, sent, accepted or expired (CB-90, CB-100)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from common.clock import day_end, instant_of
from common.errors import RuleBroken
from quotes.domain.quote import BadQuote, Buyer, Quote, QuoteState, State
from support.offers import AT, draft

ZONE = "America/Chicago"
PROSPECT = Buyer("Beta", "buy@beta.example")


def sent(**changes: object) -> Quote:
    return draft(**changes).sent(ZONE, AT)


def test_a_sent_quote_stands_to_the_end_of_its_last_local_day() -> None:
    quote = sent(valid_days=30)
    assert quote.expires_at == day_end(date(2025, 3, 31), ZONE) == instant_of("2025-04-01T05:00:00Z")


def test_sending_needs_an_address_and_an_item_but_drafting_does_not() -> None:
    with pytest.raises(BadQuote) as refused:
        sent(buyer=Buyer("Beta"))
    assert refused.value.field == "prospect.email"
    with pytest.raises(BadQuote) as refused:
        sent(items=())
    assert refused.value.field == "items"


def test_only_a_draft_is_changed_or_sent() -> None:
    for quote in (sent(), sent().expired(), sent().accepted(None, AT)):
        with pytest.raises(QuoteState):
            quote.changed(notes="x")
        with pytest.raises(QuoteState):
            quote.sent(ZONE, AT)


def test_a_customers_quote_is_accepted_for_that_customer_alone() -> None:
    quote = sent()
    assert quote.accepted(None, AT).buyer.customer_id == quote.buyer.customer_id
    with pytest.raises(BadQuote):
        quote.accepted(uuid4(), AT)


def test_a_prospect_accepts_as_the_customer_it_has_become() -> None:
    customer_id = uuid4()
    assert sent(buyer=PROSPECT).accepted(customer_id, AT).buyer == replace(PROSPECT, customer_id=customer_id)
    with pytest.raises(BadQuote) as refused:
        sent(buyer=PROSPECT).accepted(None, AT)
    assert refused.value.field == "customer_id"


def test_it_is_accepted_once_and_not_from_its_last_instant_on() -> None:
    quote = sent()
    assert quote.expires_at
    with pytest.raises(QuoteState, match="expired at 2025-04-01T05:00:00Z"):
        quote.accepted(None, quote.expires_at)
    taken = quote.accepted(None, quote.expires_at - timedelta(seconds=1))
    assert taken.state is State.ACCEPTED
    with pytest.raises(QuoteState):
        taken.accepted(None, AT)


def test_what_is_no_longer_open_does_not_expire() -> None:
    for quote in (draft(), sent().accepted(None, AT), sent().expired()):
        assert quote.expired() is quote
    assert sent().expired().state is State.EXPIRED


def test_each_step_counts_the_version_up() -> None:
    assert [q.version for q in (draft(), sent(), sent().accepted(None, AT))] == [1, 2, 3]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("rate_per_kwh", Decimal("-0.01")), ("rate_per_kwh", Decimal(100)), ("valid_days", 0), ("valid_days", 366)),
        *(("notes", " "), ("terms_text", "\x00"), ("terms_text", "\u202e")),
    ],
)
def test_each_impossible_field_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(RuleBroken) as refused:
        draft(**{field: value})
    assert refused.value.field == field


def test_terms_may_have_lines() -> None:
    assert draft(terms_text="1. Pay.\n\t2. Mine.").terms_text
