"""Take over many rows of a hashprice series: each good row counts, each bad one is told with its place and reason."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

from common.clock import instant_of
from common.db import Tx
from common.errors import RuleBroken
from common.money import decimal_of
from metering.domain.feed import HIGHEST_USD
from metering.domain.refusals import BadHashprice
from metering.domain.values import HashpriceRow
from metering.store import hashprices, locks
from metering.use_cases.add_hashprice import add_hashprice

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Line = tuple[str, str, str]
Row = tuple[datetime, datetime, str]


@dataclass(frozen=True, slots=True)
class NotTaken:
    """One line that was not taken: its place, the field at fault, why, and what would be right."""

    index: int
    field: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows are new, how many were there already exactly so, and the others."""

    added: int
    known: int
    refused: list[NotTaken]


async def import_hashprice(
    tx: Tx, organization_id: UUID, series: str, lines: Sequence[Line], *, at: datetime, dry_run: bool = False
) -> Imported:
    """Lines of (from, to, price) as texts. A row that overlaps what is there, or an earlier line, is refused."""
    await locks.alone(tx, organization_id)
    parsed: list[tuple[int, Row]] = []
    refused: list[NotTaken] = []
    for index, line in enumerate(lines):
        try:
            parsed.append((index, _row(line)))
        except RuleBroken as error:
            refused.append(NotTaken(index, error.field or "line", error.message, error.remedy or "a good row"))
        except OverflowError:
            refused.append(NotTaken(index, "from_at", "An instant is too far away.", "instants from 1970 up to 2200"))
    if not parsed:
        return Imported(0, 0, refused)
    first, last = min(row[0] for _, row in parsed), max(row[1] for _, row in parsed)
    there = await hashprices.between(tx, series, first, last)
    fresh, known, overlapping = _sorted_out(parsed, there)
    if fresh and not dry_run:
        await add_hashprice(tx, organization_id, series, fresh, at=at)
    return Imported(len(fresh), known, sorted([*refused, *overlapping], key=lambda one: one.index))


def _row(line: Line) -> Row:
    from_at, to_at = instant_of(line[0], field="from_at"), instant_of(line[1], field="to_at")
    price = decimal_of(line[2], field="usd_per_ph_day")
    if not 0 <= price <= HIGHEST_USD:
        raise BadHashprice(f"{price} is no price.", field="usd_per_ph_day", remedy=f"0 to {HIGHEST_USD}")
    if from_at < _EARLIEST or to_at >= _LATEST:
        raise BadHashprice("An instant is too far away.", field="from_at", remedy="instants from 1970 up to 2200")
    if to_at <= from_at:
        raise BadHashprice("The row ends before it begins.", field="to_at", remedy="after from_at")
    return from_at.astimezone(UTC), to_at.astimezone(UTC), line[2]


def _sorted_out(
    parsed: Sequence[tuple[int, Row]], there: Sequence[HashpriceRow]
) -> tuple[list[Row], int, list[NotTaken]]:
    """New rows, how many are known, and those that overlap what is there or an earlier line."""
    taken = [(one.from_at, one.to_at, one.price) for one in there]
    fresh, known, refused = [], 0, []
    for index, row in parsed:
        mine = (row[0], row[1], Fraction(row[2]))
        place = bisect_left(taken, mine)
        if place < len(taken) and taken[place] == mine:
            known += 1
        elif (place and taken[place - 1][1] > mine[0]) or (place < len(taken) and taken[place][0] < mine[1]):
            reason = f"The row from {row[0].isoformat()} overlaps another one."
            refused.append(NotTaken(index, "from_at", reason, "rows that touch at most"))
        else:
            taken.insert(place, mine)
            fresh.append(row)
    return fresh, known, refused
