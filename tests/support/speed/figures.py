"""What a benchmark answers, and how samples become one figure."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple


class Figure(NamedTuple):
    """A measured value, the limit measured in the same run, their quotient, and the least value that is accepted.

    A `must` (and an `aim`) below zero is the most that is accepted (aimed at).
    """

    name: str
    value: float
    limit: float
    ratio: float
    must: float
    aim: float = 0


def of(name: str, value: float, limit: float, *, must: float, aim: float = 0) -> Figure:
    """The figure with its ratio to the limit."""
    return Figure(name, value, limit, value / limit, must, aim)


def middle(samples: list[float]) -> float:
    """The median: one disturbed run does not decide."""
    return median(samples)
