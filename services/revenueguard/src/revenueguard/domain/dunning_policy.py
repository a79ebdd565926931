"""The dunning policy as data, and the one decision: what comes next for a customer who owes (CB-60, CB-101, CB-102).

Days count from the due date of the customer's oldest overdue invoice; a step acts at 09:00 local of its day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from common.clock import zone_of
from common.errors import RuleBroken

ACTS_AT = time(9)


class BadPolicy(RuleBroken):
    """A dunning policy that could not be carried out."""

    code = "bad_dunning_policy"


class Action(StrEnum):
    """What a step does."""

    REMIND = "remind"
    DEFAULT = "default"


@dataclass(frozen=True)
class Step:
    """One step: its name, what it does, and how many days after the due date."""

    name: str
    action: Action
    days_after_due: int


DEFAULT_POLICY = (
    Step("first_reminder", Action.REMIND, 1),
    Step("second_reminder", Action.REMIND, 5),
    Step("final_reminder", Action.REMIND, 10),
    Step("default", Action.DEFAULT, 15),
)


@dataclass(frozen=True)
class Due:
    """The next step and its instant."""

    step: Step
    due_at: datetime


@dataclass
class Standing:
    """Facts for the decision what comes next; `oldest_due_on` is none when nothing is overdue."""

    oldest_due_on: date | None
    steps_done: list[str]
    is_default: bool
    steps: list[Step]
    timezone: str


def checked(policy: Sequence[Step]) -> tuple[Step, ...]:
    """The policy, unless a step comes before its predecessor, twice, or never."""
    names = [s.name for s in policy]
    if len(set(names)) != len(names):
        raise BadPolicy("Two steps have the same name.", field="steps", remedy="a name of its own for each")
    days = [s.days_after_due for s in policy]
    if days != sorted(days) or any(not 1 <= d <= 365 for d in days):
        raise BadPolicy("The days do not rise from 1 to 365.", field="steps", remedy="order the steps by their days")
    if [s.action for s in policy].count(Action.DEFAULT) > 1:
        raise BadPolicy("A customer is put in default once.", field="steps", remedy="one step with the action default")
    return tuple(policy)


def step_at(step: Step, oldest_due_on: date, timezone: str) -> datetime:
    """The instant at which a step acts."""
    day = oldest_due_on + timedelta(days=step.days_after_due)
    return datetime.combine(day, ACTS_AT, zone_of(timezone)).astimezone(UTC)


def next_step(policy: Sequence[Step], oldest_due_on: date | None, done: Sequence[str], timezone: str) -> Due | None:
    """The first step of the policy that was not taken yet; none when nothing is overdue or all is done."""
    if oldest_due_on is None:
        return None
    for step in policy:
        if step.name not in done:
            return Due(step, step_at(step, oldest_due_on, timezone))
    return None


def default_reason(numbers: Sequence[str], oldest_due_on: date, on: date) -> str:
    """The reason that is kept with a default: which invoices, and for how long."""
    days = (on - oldest_due_on).days
    which = ", ".join(sorted(numbers))
    return f"Invoice{'s' if len(numbers) > 1 else ''} {which} unpaid {days} days after the due date."
