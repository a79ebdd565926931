"""How a fake outlet's register grows, and what may go wrong with it: by script, exact at every instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

_MICROSECOND = timedelta(microseconds=1)
_HOUR_US = 3_600_000_000
Load = Sequence[tuple[datetime, int]]
"""(from an instant on, so many watts), in order of instants; nothing before the first."""


class Kind(StrEnum):
    """What may go wrong. `value` means what is said here; `outlet` None means all of them."""

    RESET = "reset"
    """the register begins again, at `value` Wh (0)"""
    ROLLOVER = "rollover"
    """the register stands `value` Wh (1) below its end, and goes on from there"""
    STUCK = "stuck"
    """the register stands still"""
    WRONG_SCALE = "wrong_scale"
    """the register shows `value` (10) times what it holds"""
    OFF = "off"
    """the relay is open: no power, no energy"""
    SILENT = "silent"
    """the agent does not answer"""
    SLOW = "slow"
    """each answer takes `value` milliseconds longer (1000)"""
    TOO_BIG = "too_big"
    """a GET of more than `value` (5) variables is answered with tooBig"""
    SHORT = "short"
    """a request of more than `value` (200) octets is not answered"""
    REBOOT = "reboot"
    """the agent's uptime begins again"""


@dataclass(frozen=True, slots=True)
class Fault:
    """From an instant on, until another or for good."""

    kind: Kind
    from_at: datetime
    to_at: datetime | None = None
    outlet: int | None = None
    value: int | None = None

    def holds(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or at < self.to_at)

    def touches(self, outlet: int) -> bool:
        return self.outlet is None or self.outlet == outlet


def power_w(load: Load, faults: Iterable[Fault], at: datetime) -> int:
    """What is drawn at an instant."""
    if any(fault.kind is Kind.OFF and fault.holds(at) for fault in faults):
        return 0
    return next((watts for from_at, watts in reversed(load) if from_at <= at), 0)


def drawn_wh(load: Load, faults: Iterable[Fault], from_at: datetime, to_at: datetime) -> Fraction:
    """The energy between two instants, exact."""
    dark = [fault for fault in faults if fault.kind is Kind.OFF]
    edges = {from_at, to_at, *(at for at, _ in load)}
    edges |= {at for fault in dark for at in (fault.from_at, fault.to_at) if at}
    inside = sorted(at for at in edges if from_at <= at <= to_at)
    spans = pairwise(inside)
    watt_us = sum(power_w(load, dark, start) * ((end - start) // _MICROSECOND) for start, end in spans)
    return Fraction(watt_us, _HOUR_US)


def register_wh(
    load: Load, faults: Sequence[Fault], start: tuple[datetime, int], modulus_wh: Fraction, at: datetime
) -> Fraction:
    """What the register holds, before it is cut to ticks. `start`: since when it counts, and its value then."""
    stuck = [fault.from_at for fault in faults if fault.kind is Kind.STUCK and fault.holds(at)]
    at = min([at, *stuck])
    since, held = start[0], Fraction(start[1])
    for fault in sorted(faults, key=lambda one: one.from_at):
        if fault.from_at > at:
            break
        if fault.kind is Kind.RESET:
            since, held = fault.from_at, Fraction(fault.value or 0)
        elif fault.kind is Kind.ROLLOVER:
            since, held = fault.from_at, modulus_wh - (fault.value or 1)
    total = held + drawn_wh(load, faults, min(since, at), at)
    for fault in faults:
        if fault.kind is Kind.WRONG_SCALE and fault.holds(at):
            total *= fault.value or 10
    return total % modulus_wh
