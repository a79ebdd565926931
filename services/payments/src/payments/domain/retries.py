"""When a failed collection is tried again, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.clock import day_start, local_day
from common.errors import RuleBroken
from payments.domain.declines import Remedy


class BadPolicy(RuleBroken):
    """A retry policy that a card network would punish, or that runs backwards."""

    code = "bad_retry_policy"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Days after the first failure, and the local hour at which a try is made; at most four after the first.

    Networks charge for excess tries: never more than five per invoice and method, and never two on one day.
    """

    days: tuple[int, ...] = (1, 3, 5)
    hour: int = 8

    def __post_init__(self) -> None:
        if len(self.days) > 4 or any(day < 1 for day in self.days) or list(self.days) != sorted(set(self.days)):
            raise BadPolicy(
                f"{list(self.days)} are no days to try again.",
                field="days",
                remedy="at most four rising days, 1 or later, such as 1, 3, 5",
            )
        if not 0 <= self.hour <= 23:
            raise BadPolicy(f"{self.hour} is not an hour of the day.", field="hour", remedy="0 to 23")


DEFAULT_POLICY = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt: which one it was, when the first one of this payment failed, and what may follow."""

    attempt: int
    first_failed_at: datetime
    failed_at: datetime
    remedy: Remedy


def next_attempt_at(policy: RetryPolicy, failure: Failure, zone: str) -> datetime | None:
    """The instant of the next try; none when the customer has to act or the tries are used up."""
    if failure.remedy in (Remedy.CUSTOMER, Remedy.NEW_METHOD, Remedy.CHECK):
        return None
    if failure.remedy is Remedy.RETRY_SOON and failure.attempt == 1:
        return failure.failed_at + timedelta(hours=1)
    first_day = local_day(failure.first_failed_at, zone)
    for day in policy.days[failure.attempt - 1 :]:
        at = day_start(first_day + timedelta(days=day), zone) + timedelta(hours=policy.hour)
        if at > failure.failed_at:
            return at
    return None
