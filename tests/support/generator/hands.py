"""Who has which unit when: assignments, hand-overs, units that come late or leave early."""

from __future__ import annotations

from random import Random
from typing import Any

from support.generator.chance import DAY, happens, instant_text, moment
from support.generator.timeline import Timeline
from support.reference.days import NEVER, day, end_of

Row = dict[str, Any]


def span_of(line: Timeline, contract: Row) -> tuple[int, int]:
    """A contract's life as instants."""
    end = NEVER if contract["end"] is None else end_of(day(contract["end"]), line.zone)
    return line.opens(day(contract["start"])), end


def assign(rng: Random, level: int, line: Timeline, contract: Row, others: list[Row]) -> list[dict[str, Any]]:
    """Assignments of one unit that begins with `contract` and may go to others and come back."""
    start, end = span_of(line, contract)
    if contract["plan"] != "prepaid_31d" and level > 1 and happens(rng, 15):
        start = moment(rng, start, min(end, max(line.end, start + DAY)), 300)
    if level == 1 or not happens(rng, 40):
        stop = (
            moment(rng, max(start, line.start), max(line.end, start + DAY)) if level > 1 and happens(rng, 20) else None
        )
        return [_row(contract, start, stop if happens(rng, 50) or end == NEVER else stop or end)]
    takers = [other for other in others if other is not contract] or [contract]
    return _chain(rng, line, (contract, rng.choice(takers)), start)


def _chain(rng: Random, line: Timeline, pair: tuple[Row, Row], start: int) -> list[dict[str, Any]]:
    """There and perhaps back again, with or without a gap, at odd instants or at an edge of a period."""
    found, at, holder = [], start, 0
    for _ in range(rng.choice((1, 1, 2))):
        earliest = max(at, line.start)
        if earliest >= line.end - DAY:
            break
        stop = moment(rng, earliest, line.end, rng.choice((1, 300)))
        edges = [one.start for one in line.periods if at < one.start]
        stop = rng.choice(edges) if edges and happens(rng, 15) else stop
        found.append(_row(pair[holder], at, stop))
        at = stop + rng.choice((0, 0, 0, 300, DAY + 1))
        holder = 1 - holder
        if holder and pair[1]["plan"] == "prepaid_31d":
            break
    found.append(_row(pair[holder], at, None))
    return found


def _row(contract: Row, start: int, end: int | None) -> dict[str, Any]:
    return {"contract": contract["id"], "from": instant_text(start), "to": None if end is None else instant_text(end)}
