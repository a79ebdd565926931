"""How long a sign-in lasts, and which pages may use it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from identity.domain.sessions import Audience, Level, Session, cookie_name, is_same_origin

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
    assert session_of(started_ago, seen_ago).is_over(AT) is is_over


def session_of(started_ago: timedelta, seen_ago: timedelta = timedelta(0), **more: Any) -> Session:
    known: dict[str, Any] = {"audience": Audience.HOST, "level": Level.STRONG, "shown_at": AT - started_ago} | more
    return Session(uuid4(), uuid4(), uuid4(), started_at=AT - started_ago, seen_at=AT - seen_ago, **known)


def test_a_look_at_a_customers_portal_ends_after_half_an_hour_and_a_half_done_sign_in_after_ten_minutes() -> None:
    view: dict[str, Any] = {"view_id": uuid4(), "audience": Audience.PORTAL}
    assert not session_of(timedelta(minutes=29), **view).is_over(AT)
    assert session_of(timedelta(minutes=30), **view).is_over(AT)
    assert not session_of(timedelta(minutes=9), level=Level.PENDING).is_over(AT)
    assert session_of(timedelta(minutes=10), level=Level.PENDING).is_over(AT)


def test_dangerous_things_are_for_a_quarter_of_an_hour_after_showing_who_one_is() -> None:
    assert session_of(timedelta(minutes=14)).is_fresh(AT)
    assert not session_of(timedelta(minutes=15)).is_fresh(AT)
    assert session_of(timedelta(hours=3), shown_at=AT - timedelta(minutes=1)).is_fresh(AT)


def test_each_portal_has_a_cookie_of_its_own_and_none_is_the_consoles() -> None:
    one, other = uuid4(), uuid4()
    names = {cookie_name(Audience.PORTAL, one), cookie_name(Audience.PORTAL, other), cookie_name(Audience.HOST, one)}
    assert len(names) == 3
    assert all(name.startswith("__Host-") for name in names)


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
