"""When a failed collection is tried again, and when it must not be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payments.domain.declines import Remedy, remedy_of, shown_reason
from payments.domain.retries import DEFAULT_POLICY, BadPolicy, Failure, RetryPolicy, next_attempt_at

ZONE = "America/Chicago"
FIRST = datetime(2025, 4, 1, 14, tzinfo=UTC)


def _next(attempt: int, remedy: Remedy = Remedy.RETRY, failed_at: datetime = FIRST) -> datetime | None:
    return next_attempt_at(DEFAULT_POLICY, Failure(attempt, FIRST, failed_at, remedy), ZONE)


def test_tries_follow_the_policy_at_the_customers_morning_and_end() -> None:
    at, instants = FIRST, []
    for attempt in (1, 2, 3, 4):
        following = _next(attempt, failed_at=at)
        instants.append(following)
        at = following or at
    assert instants == [
        datetime(2025, 4, 2, 13, tzinfo=UTC),
        datetime(2025, 4, 4, 13, tzinfo=UTC),
        datetime(2025, 4, 6, 13, tzinfo=UTC),
        None,
    ]


def test_a_technical_failure_is_tried_once_more_after_an_hour() -> None:
    assert _next(1, Remedy.RETRY_SOON) == FIRST + timedelta(hours=1)
    assert _next(2, Remedy.RETRY_SOON, FIRST + timedelta(hours=1)) == datetime(2025, 4, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize("remedy", [Remedy.CUSTOMER, Remedy.NEW_METHOD, Remedy.CHECK])
def test_what_a_retry_cannot_cure_is_not_retried(remedy: Remedy) -> None:
    assert _next(1, remedy) is None


def test_a_try_is_never_in_the_past() -> None:
    assert _next(1, failed_at=FIRST + timedelta(days=2)) == datetime(2025, 4, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize("days", [(3, 1), (0,), (1, 1), (1, 2, 3, 4, 5)])
def test_a_policy_that_networks_punish_is_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(BadPolicy):
        RetryPolicy(days)


@pytest.mark.parametrize(
    ("reason", "advice", "remedy"),
    [
        ("insufficient_funds", None, Remedy.RETRY),
        ("insufficient_funds", "do_not_try_again", Remedy.NEW_METHOD),
        ("lost_card", "try_again_later", Remedy.NEW_METHOD),
        ("authentication_required", None, Remedy.CUSTOMER),
        ("expired_card", None, Remedy.CUSTOMER),
        ("processing_error", None, Remedy.RETRY_SOON),
        ("duplicate_transaction", None, Remedy.CHECK),
        ("something_new", None, Remedy.RETRY),
        ("something_new", "confirm_card_data", Remedy.CUSTOMER),
    ],
)
def test_reasons_have_a_remedy(reason: str, advice: str | None, remedy: Remedy) -> None:
    assert remedy_of(reason, advice) is remedy


def test_fraud_is_not_named_to_the_customer() -> None:
    assert shown_reason("stolen_card") == "generic_decline"
    assert shown_reason("expired_card") == "expired_card"
