"""What the host must look at: reads set aside, and registers refused for more than a day (rule 3)."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import groupby

from metering.domain.instants import DAY_US, instant_at
from metering.domain.known import KnownUnit


@dataclass(frozen=True, slots=True)
class SetAsideRead:
    """A raw read that is kept and not used; `reason` is the flag."""

    channel_id: str
    read_at: datetime
    register_kwh: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedRun:
    """Reads refused as spikes for more than 24 hours on end: the rating is wrong, or the register is."""

    channel_id: str
    from_at: datetime
    to_at: datetime
    read_count: int


def set_aside(known: KnownUnit) -> list[SetAsideRead]:
    """Every read not used and why, by channel and time."""
    return [
        SetAsideRead(
            walked.channel.channel_id, instant_at(mark.from_us), mark.register * walked.trace.step_kwh, mark.flag
        )
        for walked in known.channels
        for mark in sorted(walked.trace.marks, key=lambda mark: (mark.from_us, mark.flag, mark.register or 0))
        if mark.register is not None
    ]


def refused_runs(known: KnownUnit) -> list[RefusedRun]:
    """The runs of spikes, not broken by a valid read, that last for more than 24 hours."""
    runs = []
    for walked in known.channels:
        times = walked.trace.curve.times
        spikes = [mark.from_us for mark in walked.trace.marks if mark.flag == "spike"]
        for _, group in groupby(spikes, key=lambda us: bisect_right(times, us)):
            run = list(group)
            if run[-1] - run[0] > DAY_US:
                runs.append(RefusedRun(walked.channel.channel_id, instant_at(run[0]), instant_at(run[-1]), len(run)))
    return runs
