"""Which days a contract's parties are reminded of, and when: 60, 30 and 7 days before (issue 6, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from common.clock import day_start
from contracts.domain.contract import RUNNING, Contract
from contracts.domain.renewal import last_notice_on, renews

DAYS_BEFORE = (60, 30, 7)


class About(StrEnum):
    """The last day for a notice, while the contract renews; its last day, once it is to end."""

    NOTICE_DEADLINE = "notice_deadline"
    END = "end"


@dataclass(frozen=True, slots=True)
class Reminder:
    """Said at the start of the local day that lies so many days before the day that it is about."""

    about: About
    due_on: date
    days_before: int
    at: datetime


def reminders_of(contract: Contract) -> list[Reminder]:
    """All of them as the contract stands, the earliest first; none for one that has no end, or is not in force."""
    tenure, renewal = contract.tenure, contract.auto_renewal
    if contract.state not in RUNNING or tenure.end_on is None:
        return []
    about, due_on = About.END, tenure.end_on
    if renewal is not None and renews(tenure, renewal):
        about, due_on = About.NOTICE_DEADLINE, last_notice_on(tenure, renewal) or due_on
    return [
        Reminder(about, due_on, days, day_start(due_on - timedelta(days=days), contract.timezone))
        for days in DAYS_BEFORE
    ]


def due_between(contract: Contract, after_at: datetime, at: datetime) -> list[Reminder]:
    """Those whose instant lies after one look at the contract and not after the next; what was over before is not
    made up for."""
    return [one for one in reminders_of(contract) if after_at < one.at <= at]


def next_look_at(contract: Contract, at: datetime) -> datetime | None:
    """The next instant at which something falls due: a reminder, or the end. None: only word of a change."""
    if contract.state not in RUNNING or contract.to_at is None:
        return contract.to_at
    return min([contract.to_at, *(one.at for one in reminders_of(contract) if one.at > at)])
