"""Raw reads that are kept and not used, found among a PDU's polls for the host to look at (rule 3, metered)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """A channel as its position on the PDU saw it: ends included, None unlimited; registers count below `modulus_wh`.

    The modulus is exact where it is a whole number of Wh, else the whole number below.
    """

    channel_id: str
    unit_id: str
    from_at: datetime | None
    to_at: datetime | None
    modulus_wh: int

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in its life."""
        return (self.from_at is None or at >= self.from_at) and (self.to_at is None or at <= self.to_at)


@dataclass(frozen=True, slots=True)
class Finding:
    """One read, or a run of reads of one position, set aside for one reason: `duplicate_value` (the higher of two
    values at one instant), `out_of_range` (not below the modulus), `outside_life` (no channel lives there then),
    and what the walk says (`spike`, `dropout`).
    """

    position: int
    reason: str
    from_at: datetime
    to_at: datetime
    read_count: int
    first_energy_wh: int
    last_energy_wh: int
    channel_id: str | None = None
    unit_id: str | None = None


Row = tuple[datetime, Sequence[int | None]]


def findings(rows: Iterable[Row], channels: Mapping[int, Sequence[Registered]]) -> list[Finding]:
    """What is set aside of polls in order of time, looking at positions that ever had a channel; in order of time."""
    found: list[Finding] = []
    running: dict[int, Finding] = {}
    before: dict[int, tuple[datetime, set[int]]] = {}
    for at, registers in rows:
        for position, lives in channels.items():
            value = registers[position - 1] if position <= len(registers) else None
            if value is None:
                continue
            alive = next((one for one in lives if one.holds(at)), None)
            if alive is None:
                _lengthen(running, position, at, value)
                continue
            if position in running:
                found.append(running.pop(position))
            if value >= alive.modulus_wh:
                found.append(_single(position, "out_of_range", at, value, alive))
                continue
            found += _doubled(before, position, at, value, alive)
    found += running.values()
    return sorted(found, key=lambda one: (one.from_at, one.position, one.reason, one.first_energy_wh))


def _single(position: int, reason: str, at: datetime, value: int, alive: Registered) -> Finding:
    return Finding(position, reason, at, at, 1, value, value, alive.channel_id, alive.unit_id)


def _lengthen(running: dict[int, Finding], position: int, at: datetime, value: int) -> None:
    """Reads outside every channel's life follow each other: one finding for the run."""
    run = running.get(position)
    if run is None:
        running[position] = Finding(position, "outside_life", at, at, 1, value, value)
    else:
        running[position] = replace(run, to_at=at, read_count=run.read_count + 1, last_energy_wh=value)


def _doubled(
    before: dict[int, tuple[datetime, set[int]]], position: int, at: datetime, value: int, alive: Registered
) -> list[Finding]:
    """Of different values at one instant the lowest counts; each other one is a finding, once."""
    last = before.get(position)
    if last is None or last[0] != at:
        before[position] = (at, {value})
        return []
    values = last[1]
    if value in values:
        return []
    lowest = min(values)
    values.add(value)
    return [_single(position, "duplicate_value", at, max(value, lowest), alive)]


def within(
    found: Sequence[Finding], after: tuple[datetime, int, str, int] | None, *, newest_first: bool = False
) -> list[Finding]:
    """The findings after a place in their order of time, or in the reverse of it."""
    keys = [(one.from_at, one.position, one.reason, one.first_energy_wh) for one in found]
    if newest_first:
        return list(reversed(found if after is None else found[: bisect_left(keys, after)]))
    return list(found if after is None else found[bisect_right(keys, after) :])
