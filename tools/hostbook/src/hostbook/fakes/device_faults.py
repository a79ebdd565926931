"""What a faked device suffers, and when: a script of faults in seconds of the simulated clock since the fake began.

`[{"kind": "slow", "amount": "2", "from_s": 60, "to_s": 120, "device": "U1"}]`; without `from_s` at once, without `to_s`
for good, without `device` all of them.

| kind | effect | amount |
|---|---|---|
| reset | counters and running time begin anew at `from_s` | |
| rollover | registers of energy stand shortly before their end at `from_s` (meters) | Wh before the end |
| stuck | figures stay as they were at `from_s` | |
| dropped | the connection is cut without an answer | |
| silent | a connection is taken, no answer comes | |
| slow | every answer comes late | real seconds |
| scale | rates and counters are told in another unit | factor |
| half | the answer breaks off in the middle | |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Kind(StrEnum):
    """The faults that devices know."""

    RESET = "reset"
    ROLLOVER = "rollover"
    STUCK = "stuck"
    DROPPED = "dropped"
    SILENT = "silent"
    SLOW = "slow"
    SCALE = "scale"
    HALF = "half"


_NEEDS_AMOUNT = (Kind.SLOW, Kind.SCALE, Kind.ROLLOVER)


class BadScript(ValueError):
    """The script is none: which entry, and what would be right."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault over [from_s, to_s)."""

    kind: Kind
    from_s: Fraction
    to_s: Fraction | None = None
    amount: Fraction = Fraction(0)
    device: str | None = None

    def holds(self, at_s: Fraction) -> bool:
        return self.from_s <= at_s and (self.to_s is None or at_s < self.to_s)


def script_of(entries: Iterable[Mapping[str, Any]], now_s: Fraction = Fraction(0)) -> list[Fault]:
    """A script from its JSON form; what has no `from_s` begins at `now_s`. Raises `BadScript`."""
    return [_fault(number, entry, now_s) for number, entry in enumerate(entries, 1)]


def _fault(number: int, entry: Mapping[str, Any], now_s: Fraction) -> Fault:
    unknown = min(set(entry) - {"kind", "from_s", "to_s", "amount", "device"}, default=None)
    if unknown is not None:
        raise BadScript(f"fault {number} has an unknown field {unknown!r}")
    try:
        kind = Kind(entry.get("kind", ""))
    except ValueError:
        raise BadScript(f"fault {number} is {entry.get('kind')!r}; there are {', '.join(Kind)}") from None
    if kind in _NEEDS_AMOUNT and "amount" not in entry:
        raise BadScript(f"fault {number}, {kind}, needs an amount")
    try:
        to_s = Fraction(str(entry["to_s"])) if entry.get("to_s") is not None else None
        from_s = Fraction(str(entry["from_s"])) if "from_s" in entry else now_s
        return Fault(kind, from_s, to_s, Fraction(str(entry.get("amount", 0))), entry.get("device"))
    except ValueError as error:
        raise BadScript(f"fault {number}: {error}") from None


@dataclass
class Script:
    """The faults of one fake process."""

    faults: list[Fault]

    def of(self, device: str) -> list[Fault]:
        """Every fault of a device."""
        return [one for one in self.faults if one.device in (None, device)]

    def now(self, device: str, kind: Kind, at_s: Fraction) -> Fault | None:
        """The fault of this kind that holds for the device."""
        return next((one for one in self.of(device) if one.kind is kind and one.holds(at_s)), None)
