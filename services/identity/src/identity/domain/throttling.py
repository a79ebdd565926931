"""How fast log-ins may be tried: a few at once, then ever slower, alike for people who exist and who do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_LONGEST = timedelta(minutes=15)
_FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """`free` attempts without a wait; each further one doubles the wait, from one second to a quarter of an hour."""

    free: int


BY_PERSON = Policy(free=5)
BY_ADDRESS = Policy(free=50)
# How many refused sign-ins of one organization the audit log takes before it takes ever fewer.
TOLD_OF_ORGANIZATION = Policy(free=100)


def is_told(attempts: int) -> bool:
    """Whether the audit log hears of the so-manieth refusal of one person: the first, the fifth, each tenth."""
    return attempts in (1, 5) or attempts % 10 == 0


def wait_until(policy: Policy, attempts: int, last_at: datetime) -> datetime:
    """From when the next attempt is heard, after so many without success, the last of them at `last_at`."""
    if attempts < policy.free:
        return last_at
    doublings = min(attempts - policy.free, 10)
    return last_at + min(timedelta(seconds=2**doublings), _LONGEST)


def counted(attempts: int, last_at: datetime, now_at: datetime) -> int:
    """Attempts that still count: after an hour of silence it starts from none."""
    return 0 if now_at - last_at >= _FORGOTTEN else attempts
