"""What stands in a contract beside its price: deposit, fee of an early end, clauses (CB-02, CB-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from common.clock import add_months
from common.errors import RuleBroken
from common.money import Money
from contracts.domain.pricing import checked_amount, checked_percent
from contracts.domain.words import checked_words

MOST_CLAUSES = 50
LONGEST_TITLE, LONGEST_CLAUSE = 120, 8000


class ExitFeeIncomplete(RuleBroken):
    """A fee of an early end is an amount, or a percentage of what is still committed."""

    code = "exit_fee_incomplete"


class ClausesInvalid(RuleBroken):
    """Too many clauses, or two with one title."""

    code = "clauses_invalid"


class DepositEmpty(RuleBroken):
    """A deposit of nothing."""

    code = "deposit_empty"


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money that the host keeps until the contract is over; charged once, given back once.

    `opens_gate`: the units are not energized before it is paid.
    """

    amount: Money
    opens_gate: bool = False

    def __post_init__(self) -> None:
        checked_amount(self.amount, field="deposit")
        if self.amount.amount == 0:
            raise DepositEmpty("A deposit of nothing is none.", field="deposit", remedy="more than 0, or leave it out")


class ExitFeeMode(StrEnum):
    """How much an early end costs: an amount once, one per started month left, or a share of the commitment left."""

    FIXED = "fixed"
    PER_MONTH = "per_month"
    COMMITMENT = "commitment"


@dataclass(frozen=True, slots=True)
class ExitFee:
    """The fee of an end before the agreed one."""

    mode: ExitFeeMode
    amount: Money | None = None
    percent: Decimal | None = None

    def __post_init__(self) -> None:
        by_share = self.mode is ExitFeeMode.COMMITMENT
        if (self.percent is None) == by_share or (self.amount is None) != by_share:
            wanted = "a percent alone" if by_share else "an amount alone"
            raise ExitFeeIncomplete(
                f"An exit fee by {self.mode.value} is written otherwise.", field="exit_fee", remedy=wanted
            )
        if self.amount is not None:
            checked_amount(self.amount, field="exit_fee.amount")
        if self.percent is not None:
            checked_percent(self.percent, field="exit_fee.percent")


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """The contract was cut short: the day on which it would have ended, why, and whether its fee was waived."""

    agreed_end_on: date
    reason: str = ""
    is_fee_waived: bool = False


def started_months(end_on: date, agreed_end_on: date) -> int:
    """The months that would begin after an early last day, up to the agreed one; counted from the first day left."""
    count, first_on = 0, end_on + timedelta(days=1)
    while add_months(first_on, count) <= agreed_end_on:
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class Clause:
    """A paragraph that the parties added."""

    title: str
    text: str

    def __post_init__(self) -> None:
        checked_words(self.title, field="clauses.title", longest=LONGEST_TITLE)
        checked_words(self.text, field="clauses.text", longest=LONGEST_CLAUSE, lines=True)


def checked_clauses(clauses: Sequence[Clause]) -> None:
    """Refuses more than anybody reads, and one title twice."""
    titles = [clause.title for clause in clauses]
    if len(titles) > MOST_CLAUSES:
        raise ClausesInvalid(f"{len(titles)} clauses are too many.", field="clauses", remedy=f"at most {MOST_CLAUSES}")
    if len(set(titles)) != len(titles):
        raise ClausesInvalid("Two clauses have one title.", field="clauses", remedy="a title of its own for each")
