"""The dunning policy: when which step comes, and which policies could not be carried out (CB-60, CB-101, CB-102)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenueguard.domain.dunning_policy import (
    DEFAULT_POLICY,
    Action,
    BadPolicy,
    Step,
    checked,
    default_reason,
    next_step,
    step_at,
)

ZONE = "America/Chicago"
DUE = date(2025, 4, 16)


def remind(name: str, days: int) -> Step:
    return Step(name, Action.REMIND, days)


@pytest.mark.parametrize(
    ("done", "name", "due_at"),
    [
        ([], "first_reminder", datetime(2025, 4, 17, 14, tzinfo=UTC)),
        (["first_reminder"], "second_reminder", datetime(2025, 4, 21, 14, tzinfo=UTC)),
        (["first_reminder", "second_reminder"], "final_reminder", datetime(2025, 4, 26, 14, tzinfo=UTC)),
        (["first_reminder", "second_reminder", "final_reminder"], "default", datetime(2025, 5, 1, 14, tzinfo=UTC)),
        (["second_reminder"], "first_reminder", datetime(2025, 4, 17, 14, tzinfo=UTC)),
    ],
)
def test_the_next_step_is_the_first_one_not_taken(done: list[str], name: str, due_at: datetime) -> None:
    due = next_step(DEFAULT_POLICY, DUE, done, ZONE)
    assert due is not None
    assert (due.step.name, due.due_at) == (name, due_at)


def test_nothing_comes_when_nothing_is_overdue_or_all_is_done() -> None:
    assert next_step(DEFAULT_POLICY, None, [], ZONE) is None
    assert next_step(DEFAULT_POLICY, DUE, [s.name for s in DEFAULT_POLICY], ZONE) is None


def test_a_step_acts_at_nine_local_also_after_a_clock_change() -> None:
    before = step_at(remind("a", 1), date(2025, 3, 7), ZONE)
    after = step_at(remind("a", 2), date(2025, 3, 7), ZONE)
    assert (before.hour, after.hour) == (15, 14)
    assert after - before == timedelta(hours=23)


@pytest.mark.parametrize(
    "policy",
    [
        [remind("a", 5), remind("b", 1)],
        [remind("a", 1), remind("a", 2)],
        [remind("a", 0)],
        [remind("a", 366)],
        [Step("a", Action.DEFAULT, 1), Step("b", Action.DEFAULT, 2)],
    ],
)
def test_a_policy_that_could_not_be_carried_out_is_refused(policy: list[Step]) -> None:
    with pytest.raises(BadPolicy) as refusal:
        checked(policy)
    assert refusal.value.field == "steps"


@given(st.lists(st.integers(1, 365), min_size=1, max_size=8, unique=True).map(sorted))
def test_every_step_of_a_good_policy_comes_once_in_order(days: list[int]) -> None:
    policy = checked([remind(f"s{n}", day) for n, day in enumerate(days)])
    done: list[str] = []
    seen = []
    while (due := next_step(policy, DUE, done, ZONE)) is not None:
        done.append(due.step.name)
        seen.append(due.due_at)
    assert done == [s.name for s in policy]
    assert seen == sorted(seen)


def test_the_reason_names_the_invoices_and_the_days() -> None:
    assert default_reason(["INV-2", "INV-1"], DUE, date(2025, 5, 1)) == (
        "Invoices INV-1, INV-2 unpaid 15 days after the due date."
    )
    assert default_reason(["INV-1"], DUE, date(2025, 5, 1)).startswith("Invoice INV-1 unpaid")
