"""The test clock: where it may go and in which steps (architecture 4.8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from common.clock import instant_of
from identity.domain.host import Host, Mode
from identity.domain.test_clock import BadTarget, ClockRefused, Look, NoClock, check_advance, has_settled, next_stop

AT = datetime(2025, 3, 8, 12, tzinfo=UTC)
HOST = Host(uuid4(), "Panhandle", "panhandle", "America/Chicago", "USD", Mode.TEST, clock_at=AT)
LIVE = replace(HOST, mode=Mode.LIVE, clock_at=None)
REST = Look("metering", clock_at=AT, is_idle=True, activity=7)


def test_a_live_organizations_clock_cannot_be_moved() -> None:
    with pytest.raises(NoClock):
        check_advance(LIVE, None, AT)


def test_the_clock_does_not_go_back_and_names_both_instants() -> None:
    with pytest.raises(ClockRefused, match=r"2025-03-08T12:00:00Z.*2025-03-08T11:59:59Z"):
        check_advance(HOST, None, AT - timedelta(seconds=1))


def test_one_target_at_a_time_but_the_same_one_may_be_asked_for_again() -> None:
    target_at = AT + timedelta(days=3)
    check_advance(HOST, target_at, target_at)
    with pytest.raises(ClockRefused, match="still moving"):
        check_advance(HOST, target_at, target_at + timedelta(days=1))


def test_standing_still_is_allowed_and_the_far_future_is_not() -> None:
    check_advance(HOST, None, AT)
    with pytest.raises(BadTarget):
        check_advance(HOST, None, AT + timedelta(days=365 * 30))


@pytest.mark.parametrize(
    ("due", "stop"),
    [
        ([], "2025-03-09T12:00:00Z"),
        (["2025-03-08T20:00:00Z", "2025-03-08T15:00:00Z", None], "2025-03-08T15:00:00Z"),
        (["2025-03-08T12:00:00Z"], "2025-03-09T12:00:00Z"),
        (["2025-03-20T00:00:00Z"], "2025-03-09T12:00:00Z"),
    ],
)
def test_the_next_stop_is_the_first_due_work_or_one_local_day_on(due: list[str | None], stop: str) -> None:
    instants = [instant_of(text) if text else None for text in due]
    assert next_stop(HOST, AT + timedelta(days=30), instants) == instant_of(stop)


def test_a_target_before_that_is_the_next_stop() -> None:
    target_at = AT + timedelta(minutes=5)
    assert next_stop(HOST, target_at, [AT + timedelta(hours=1)]) == target_at


def test_a_month_with_the_change_to_summer_time_is_a_stop_a_day() -> None:
    host, stops = HOST, []
    while host.clock_at != instant_of("2025-04-01T05:00:00Z"):
        at = next_stop(host, instant_of("2025-04-01T05:00:00Z"), [])
        stops.append(at)
        host = replace(host, clock_at=at)
    assert len(stops) == 24
    assert stops[1] - stops[0] == timedelta(hours=23)  # 9 March


@pytest.mark.parametrize(
    ("first", "second", "settled"),
    [
        (REST, REST, True),
        (REST, replace(REST, activity=8), False),
        (REST, replace(REST, is_idle=False), False),
        (replace(REST, is_idle=False), REST, False),
        (REST, replace(REST, clock_at=AT - timedelta(days=1)), False),
        (Look("metering", stuck="does not answer"), REST, False),
    ],
)
def test_settled_means_at_rest_at_two_looks_with_nothing_done_in_between(
    first: Look, second: Look, settled: bool
) -> None:
    other = replace(REST, service="invoicing")
    assert has_settled([first, other], [second, other], AT) is settled
