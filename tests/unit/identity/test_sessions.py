"""How long a sign-in lasts, and which pages may use it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from identity.domain.sessions import Session, is_same_origin

AT = datetime(2025, 3, 1, tzinfo=UTC)
OURS = "https://console.hostbook.example"


@pytest.mark.parametrize(
    ("started_ago", "seen_ago", "is_over"),
    [
        (timedelta(0), timedelta(0), False),
        (timedelta(hours=11), timedelta(minutes=59), False),
        (timedelta(hours=2), timedelta(hours=1), True),
        (timedelta(hours=12), timedelta(seconds=1), True),
    ],
)
def test_a_session_ends_when_idle_and_in_any_case_after_half_a_day(
    started_ago: timedelta, seen_ago: timedelta, is_over: bool
) -> None:
    session = Session(uuid4(), uuid4(), uuid4(), AT - started_ago, AT - seen_ago)
    assert session.is_over(AT) is is_over


@pytest.mark.parametrize(
    ("origin", "fetch_site", "allowed"),
    [
        (OURS, "same-origin", True),
        (OURS, None, True),
        (f"{OURS}:443", None, True),
        (None, "same-origin", True),
        (None, None, False),
        ("null", None, False),
        ("http://console.hostbook.example", None, False),
        ("https://console.hostbook.example.evil.example", None, False),
        ("https://evil.example", "same-origin", False),
        (OURS, "cross-site", False),
        (None, "same-site", False),
        (None, "none", False),
        ("https://console.hostbook.example:8443", None, False),
        ("https://console.hostbook.example:port", None, False),
    ],
)
def test_only_our_own_pages_may_change_things_by_cookie(
    origin: str | None, fetch_site: str | None, allowed: bool
) -> None:
    assert is_same_origin(origin, fetch_site, OURS) is allowed
