"""What happens at the simulated site: when it begins, what each outlet draws, what its register must have counted.

Outlets draw nothing at the beginning and at the end, so that every watt-hour lies between two polls: then usage equals
what was simulated to the last tick, unless a fault destroyed evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from common.clock import wall_now
from hostbook.fakes.snmp.load import Load, drawn_wh
from hostbook.simulate.plan import Pdu, SitePlan

_STEPS = 6
"""How often an outlet's power changes."""
_QUIET_POLLS = 3
_AGO = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The simulated time."""

    begins_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, plan: SitePlan) -> Span:
        """As planned, or so that it ended an hour ago: polls never come from the future."""
        length = timedelta(hours=plan.hours)
        begins_at = plan.begins_at or (wall_now() - length - _AGO).replace(minute=0, second=0, microsecond=0)
        return cls(begins_at, begins_at + length)


def start_wh(plan: SitePlan, pdu: Pdu, number: int) -> int:
    """What an outlet's register holds at the beginning, on a tick."""
    tick = _tick_wh(pdu)
    return int(1000 + _stray(plan.seed, pdu.name, number, 0) * 500_000) // tick * tick


def load_of(plan: SitePlan, span: Span, pdu: Pdu, number: int) -> Load:
    """Power over time: about the group's, another value every few hours, nothing at both ends."""
    quiet = timedelta(seconds=_QUIET_POLLS * plan.poll_s)
    begins_at, ends_at = span.begins_at + quiet, span.ends_at - quiet
    step = (ends_at - begins_at) / _STEPS
    changes = [(begins_at + step * n, _power_w(plan, pdu, number, n)) for n in range(_STEPS)]
    return [*((at.replace(microsecond=0), watts) for at, watts in changes), (ends_at, 0)]


def counted_wh(plan: SitePlan, span: Span, pdu: Pdu, number: int) -> int:
    """What the outlet's register counts in all, in its own ticks, if nothing goes wrong."""
    tick, start = _tick_wh(pdu), start_wh(plan, pdu, number)
    drawn = drawn_wh(load_of(plan, span, pdu, number), (), span.begins_at, span.ends_at)
    return int((start + drawn) / tick) * tick - start


def by_unit(plan: SitePlan, span: Span) -> Iterator[tuple[str, int]]:
    """Every unit with the Wh that its register counts."""
    for pdu in plan.all_pdus():
        for number, unit in enumerate(pdu.units(), 1):
            yield unit, counted_wh(plan, span, pdu, number)


def _tick_wh(pdu: Pdu) -> int:
    energy = pdu.group.registers.energy
    assert energy is not None
    return max(int(energy.scale), 1)


def _power_w(plan: SitePlan, pdu: Pdu, number: int, step: int) -> int:
    """Within 5 % of the group's power."""
    return int(pdu.group.power_w * (Fraction(95, 100) + _stray(plan.seed, pdu.name, number, step) / 10))


def _stray(seed: int, name: str, number: int, step: int) -> Fraction:
    """Between 0 and 1, the same for the same outlet and step."""
    digest = hashlib.sha256(f"{seed} {name} {number} {step}".encode()).digest()
    return Fraction(int.from_bytes(digest[:4], "big"), 1 << 32)
