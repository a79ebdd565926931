"""The metered method: the registers of the outlets that feed a unit, summed (rule 3, metered)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from metering.domain.curve import Extra
from metering.domain.estimate import estimates, measured_of
from metering.domain.intervals import Interval, Intervals, union, without
from metering.domain.line import NOTHING, Line
from metering.domain.registers import life_of
from metering.domain.trace import Trace
from metering.domain.values import Channel, ResetEstimate


@dataclass(frozen=True, slots=True)
class WalkedChannel:
    """A channel and what the walk of its reads left."""

    channel: Channel
    trace: Trace


@dataclass(frozen=True, slots=True)
class _Outlet:
    """When one outlet feeds the unit, when it is measured, and when it is measured as exactly 0."""

    feeds: Interval
    measured: Intervals
    zero: Intervals
    extras: Sequence[Extra]


def metered_line(
    channels: Sequence[WalkedChannel], former: Sequence[WalkedChannel], reset_estimate: ResetEstimate
) -> Line:
    """The sum of the outlets, available only while every outlet that then feeds the unit is measured.

    `former` channels of the same outlets fed other units; the mean of a reset estimate looks at them too.
    """
    by_outlet: dict[str, list[WalkedChannel]] = defaultdict(list)
    for walked in channels:
        by_outlet[walked.channel.outlet_id].append(walked)
    if not by_outlet:
        return NOTHING
    wants_mean = reset_estimate == ResetEstimate.MEAN
    outlets = []
    for outlet_id, lives in sorted(by_outlet.items()):
        others = [walked.trace for walked in former if walked.channel.outlet_id == outlet_id]
        own = [walked.trace for walked in lives]
        outlets.append(_outlet(lives, estimates(own, own + others) if wants_mean else []))
    unmeasured = union(*(without([outlet.feeds], outlet.measured) for outlet in outlets))
    running = union(*(without(outlet.measured, outlet.zero) for outlet in outlets))
    available = without(union([outlet.feeds for outlet in outlets]), unmeasured)
    extras = [extra for outlet in outlets for extra in outlet.extras]
    return Line(
        available=available,
        zero=without(available, running),
        curves=[walked.trace.curve for walked in channels],
        extras=extras,
        estimated=union([(extra.from_us, extra.to_us) for extra in extras]),
    )


def _outlet(lives: Sequence[WalkedChannel], extras: Sequence[Extra]) -> _Outlet:
    """An outlet feeds from the beginning of its first channel to the end of its last one, holes included."""
    ends = [life_of(walked.channel) for walked in lives]
    traces = [walked.trace for walked in lives]
    lifted = [(extra.from_us, extra.to_us) for extra in extras]
    return _Outlet(
        feeds=(min(start for start, _ in ends), max(end for _, end in ends)),
        measured=union(*(measured_of(trace) for trace in traces)),
        zero=without(union(*(trace.zeros for trace in traces)), union(lifted)),
        extras=extras,
    )
