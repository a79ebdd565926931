"""The test clock: from where to where it may move, and in which steps (architecture 4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.clock import day_end, day_start, instant_text, local_day
from common.errors import Conflict, RuleBroken
from identity.domain.host import Host


class NoClock(Conflict):
    """A live organization has no clock that could be moved."""

    code = "no_test_clock"


class ClockRefused(Conflict):
    """The clock goes forward only, and to one target at a time."""

    code = "clock_refused"


class BadTarget(RuleBroken):
    """Not an instant the clock can stop at."""

    code = "bad_instant"


@dataclass(frozen=True, slots=True)
class Look:
    """What one service said at one look. `is_idle`: nothing unpublished, unread or open; None stands for no answer."""

    service: str
    clock_at: datetime | None = None
    is_idle: bool = False
    unpublished: int | None = None
    consumer_lag: int | None = None
    open_wakeups: int | None = None
    next_due_at: datetime | None = None
    activity: int | None = None
    stuck: str | None = None

    def is_at_rest(self, clock_at: datetime | None) -> bool:
        """Idle, and its copy of the clock stands where the clock stands."""
        return self.is_idle and self.clock_at == clock_at


def has_settled(first: Iterable[Look], second: Iterable[Look], clock_at: datetime | None) -> bool:
    """At rest at two looks in a row with nothing done in between."""
    before, after = list(first), list(second)
    rested = all(look.is_at_rest(clock_at) for look in (*before, *after))
    return rested and [look.activity for look in before] == [look.activity for look in after]


def check_advance(host: Host, running_to: datetime | None, to_at: datetime) -> None:
    """Refuse what the clock cannot do; asking again for the target it already moves to is fine."""
    if host.clock_at is None:
        raise NoClock(f"{host.name} is live; its clock is the wall clock.", remedy="an organization in test mode")
    if running_to is not None and running_to != to_at:
        raise ClockRefused(
            f"The clock is still moving to {instant_text(running_to)}.", field="to_at", remedy="wait until it settled"
        )
    if to_at < host.clock_at:
        raise ClockRefused(
            f"The clock stands at {instant_text(host.clock_at)} and does not go back to {instant_text(to_at)}.",
            field="to_at",
            remedy="a later instant",
        )
    if to_at.year > host.clock_at.year + 20:
        raise BadTarget("That is more than twenty years ahead.", field="to_at", remedy="advance in parts")


def next_stop(host: Host, target_at: datetime, due: Iterable[datetime | None]) -> datetime:
    """Where the clock stops next: at the first work that falls due, one local day on, or at the target."""
    assert host.clock_at is not None
    today = local_day(host.clock_at, host.timezone)
    into_the_day = host.clock_at - day_start(today, host.timezone)
    a_day_on = min(day_end(today, host.timezone) + into_the_day, day_end(today + timedelta(days=1), host.timezone))
    ahead = [at for at in due if at is not None and at > host.clock_at]
    return min([*ahead, a_day_on, target_at])
