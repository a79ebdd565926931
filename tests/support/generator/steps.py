"""What happens, in order: invoices, late reads, payments, cycles."""

from __future__ import annotations

from random import Random
from typing import Any

from support.generator.chance import happens
from support.generator.timeline import Timeline

Reads = dict[str, list[list[str]]]


def held_back(rng: Random, reads: Reads, parts: int) -> list[Reads]:
    """Takes some reads out of what is known from the start and gives them out in later parts."""
    later: list[Reads] = [{} for _ in range(parts)]
    for channel, rows in reads.items():
        if not happens(rng, 45) or not rows:
            continue
        part, share = rng.randrange(parts), rng.choice((5, 30, 100))
        early = rng.randrange(len(rows)) if happens(rng, 50) else 0
        taken = [n for n in range(early, len(rows)) if happens(rng, share)]
        if taken:
            later[part][channel] = [rows[n] for n in taken]
            reads[channel] = [row for n, row in enumerate(rows) if n not in set(taken)]
    return later


def steps(rng: Random, level: int, line: Timeline, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """`plan`: reads, whether contracts are prepaid or by the month, how many cycles."""
    events: list[dict[str, Any]] = [{"invoice": one.name} for one in line.periods]
    if level > 1 and len(events) > 1 and happens(rng, 15):
        events.pop(rng.randrange(len(events) - 1))
    cycles = [{"cycle": number} for number in range(1, plan["cycles"] + 1)]
    if not plan["monthly"]:
        events = []
    events = _merged(rng, events, cycles)
    if not events:
        return []
    if level > 1 and happens(rng, 50):
        for part in held_back(rng, plan["reads"], rng.randint(1, 3)):
            if part:
                events.insert(rng.randint(0, len(events)), {"reads": part})
    if level > 1 and happens(rng, 20):
        again = rng.choice([event for event in events if "reads" not in event])
        events.insert(rng.randint(events.index(again), len(events)), dict(again))
    return events


def _merged(rng: Random, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both lists, each in its order."""
    found, left, right = [], list(left), list(right)
    while left or right:
        found.append((left if left and (not right or happens(rng, 50)) else right).pop(0))
    return found
