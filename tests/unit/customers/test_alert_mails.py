"""What goes into a mail of alerts, and when it goes (CM-29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from customers.domain.alert_mail import BadPace, News, Pace, digest

AT = datetime(2025, 3, 5, 14, tzinfo=UTC)
PACE = Pace(gather_minutes=5, window_minutes=60)


def after(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


def news(number: int, **fields: object) -> News:
    usual = News(
        UUID(int=number), False, "low_hashrate", "warning", AT, "84 % of its rating", "Amarillo", f"u-{number}"
    )
    return replace(usual, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "is_urgent", "due"),
    [
        (None, False, 5),  # a first alert waits for others a little
        (None, True, 0),  # a critical one for nobody
        (-20, False, 40),  # then the window counts
        (-57, False, 5),  # or what is left of it, and at least the gathering
        (-90, False, 5),
        (-2, True, 3),  # critical ones do not wait for the window, and still come together
        (-90, True, 0),
    ],
)
def test_a_mail_goes_after_gathering_and_a_window_after_the_last_one(
    last: int | None, is_urgent: bool, due: int
) -> None:
    last_at = None if last is None else after(last)
    assert PACE.mail_at(AT, last_at, is_urgent=is_urgent) == after(due)


def test_an_appointment_that_the_clock_has_left_behind_gathers_once_more() -> None:
    assert not PACE.is_overtaken(AT, after(5))
    assert PACE.is_overtaken(AT, after(6))
    assert not Pace(0, 0).is_overtaken(AT, after(600))


@pytest.mark.parametrize(("gather", "window"), [(-1, 60), (61, 60), (5, 4), (5, 1441)])
def test_a_pace_at_which_nothing_could_go_is_refused(gather: int, window: int) -> None:
    with pytest.raises(BadPace):
        Pace(gather, window)


def test_a_mail_of_one_alert_says_in_its_subject_what_it_is() -> None:
    assert digest([news(1)], "America/Chicago")[0] == "Warning: u-1 low hashrate"
    assert digest([news(1, is_over=True)], "America/Chicago")[0] == "Over: u-1 low hashrate"
    assert digest([news(1), news(1, is_over=True)], "UTC")[0] == "Warning: u-1 low hashrate, over again"
    assert digest([news(1, unit=None, kind="telemetry_silent")], "UTC")[0] == "Warning: Amarillo telemetry silent"


def test_a_mail_of_many_is_grouped_by_kind_and_site_and_cut() -> None:
    many = [news(n) for n in range(1, 24)]
    hot = news(50, kind="high_temperature", severity="critical", text="91 C")
    gone = [news(1, is_over=True, at=after(30)), news(60, is_over=True, place="Pecos", at=after(31))]
    subject, text = digest([*many, hot, *gone], "America/Chicago")
    assert subject == "Critical: 24 alerts began, 2 are over"
    lines = text.splitlines()
    assert lines[:7] == [
        "24 alerts began, 2 are over. Times are those of America/Chicago.",
        "",
        "High temperature at Amarillo: 1, critical",
        "  05 Mar 08:00  u-50: 91 C",
        "",
        "Low hashrate at Amarillo: 23",
        "  05 Mar 08:00  u-1: 84 % of its rating (over at 05 Mar 08:30)",
    ]
    assert lines[-4:] == [
        "  and 3 more",
        "",
        "Low hashrate is over at Pecos: 1",
        "  05 Mar 08:31  u-60: 84 % of its rating",
    ]
