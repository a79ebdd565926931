"""When hashrate may be redirected, in which order it ends, and what is said of it (CB-103 to CB-105)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from common.money import Money
from revenueguard.domain.redirect import (
    AlreadyRedirected,
    NotPermitted,
    Order,
    Redirect,
    Restoration,
    StillRedirected,
    check_clearing,
    check_order,
    totals,
    warning,
)

ID = UUID(int=7)
AT = datetime(2025, 5, 1, tzinfo=UTC)
ORDER = Order(UUID(int=1), None, "They laugh at us.", "C-000042, clause 9.3", "user:1", None)


@pytest.mark.parametrize(
    ("is_default", "overdue", "said"),
    [
        (False, 0, "The customer is not in default and has no overdue invoice."),
        (False, 2, "The customer is not in default."),
        (True, 0, "The customer has no overdue invoice."),
    ],
)
def test_an_order_is_refused_by_all_that_it_lacks(is_default: bool, overdue: int, said: str) -> None:
    with pytest.raises(NotPermitted) as refusal:
        check_order(is_default=is_default, overdue=overdue, active=None)
    assert (refusal.value.message, refusal.value.field) == (said, "customer_id")


def test_an_order_needs_default_and_debt_and_stands_alone() -> None:
    check_order(is_default=True, overdue=1, active=None)
    with pytest.raises(AlreadyRedirected, match=str(ID)):
        check_order(is_default=True, overdue=1, active=ID)


def test_a_default_is_cleared_after_the_redirect_and_the_refusal_says_how_to_end_it() -> None:
    check_clearing(None)
    with pytest.raises(StillRedirected) as refusal:
        check_clearing(ID)
    assert refusal.value.remedy == f"restore it first: POST /v1/redirects/{ID}/restore"


def test_what_is_overdue_is_added_up_by_currency_to_its_decimals() -> None:
    owed = [("USD", Decimal("96.8000")), ("JPY", Decimal("5000.0000")), ("USD", Decimal("3.2000")), ("EUR", Decimal(0))]
    assert totals(owed) == [Money(Decimal(5000), "JPY"), Money(Decimal("100.00"), "USD")]
    assert warning(totals(owed)) == "Still overdue: 5000 JPY and 100.00 USD. The redirect is off all the same."
    assert warning([]) is None


def test_what_the_customer_reads_names_the_clause_and_never_the_hosts_reasons() -> None:
    active = Redirect(ID, ORDER, AT)
    over = Redirect(ID, ORDER, AT, AT, Restoration("They gave in.", "user:1"))
    assert "C-000042, clause 9.3" in active.summary
    assert over.summary == "The machines mine for the customer again."
    assert not any(word in one.summary for one in (active, over) for word in ("laugh", "gave in", "user:1"))
