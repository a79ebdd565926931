"""How fast log-ins may be tried."""

from datetime import UTC, datetime, timedelta

import pytest

from identity.domain.throttling import BY_PERSON, counted, wait_until

AT = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "wait_s"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (900, 900)]
)
def test_a_few_attempts_are_free_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour(
    attempts: int, wait_s: int
) -> None:
    assert wait_until(BY_PERSON, attempts, AT) - AT == timedelta(seconds=wait_s)


def test_after_an_hour_of_silence_it_starts_from_none() -> None:
    assert counted(9, AT, AT + timedelta(minutes=59)) == 9
    assert counted(9, AT, AT + timedelta(hours=1)) == 0


def test_a_patient_guesser_gets_fewer_than_three_hundred_tries_in_a_day() -> None:
    now_at, attempts, last_at, tries = AT, 0, AT, 0
    while now_at < AT + timedelta(days=1):
        attempts = counted(attempts, last_at, now_at)
        now_at = max(now_at, wait_until(BY_PERSON, attempts, last_at))
        attempts, last_at, tries = attempts + 1, now_at, tries + 1
    assert tries < 300
