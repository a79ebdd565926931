"""What a span's energy stands on: flags, and the reads that bracket it (issue: explain)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from metering.domain.instants import instant_at
from metering.domain.intervals import Interval
from metering.domain.line import Line
from metering.domain.outlets import WalkedChannel
from metering.domain.spans import ChannelEvidence


def flags_of(channels: Sequence[WalkedChannel], metered: Line, span: Interval) -> frozenset[str]:
    """Every flag that concerns the span, of all channels of the unit."""
    flags = {mark.flag for walked in channels for mark in walked.trace.marks if mark.touches(*span)}
    if any(start < span[1] and end > span[0] for start, end in metered.estimated):
        flags.add("estimated")
    return frozenset(flags)


def evidence_of(channels: Sequence[WalkedChannel], span: Interval) -> tuple[ChannelEvidence, ...]:
    """By channel, the valid reads that bracket the span; a channel without any read near it is left out."""
    found = (_bracket(walked, span) for walked in channels)
    return tuple(one for one in found if one is not None)


def _bracket(walked: WalkedChannel, span: Interval) -> ChannelEvidence | None:
    curve = walked.trace.curve
    times = curve.times
    if not times or times[-1] <= span[0] or times[0] >= span[1]:
        return None
    first = max(bisect_right(times, span[0]) - 1, 0)
    last = min(bisect_left(times, span[1]), len(times) - 1)
    return ChannelEvidence(
        channel_id=walked.channel.channel_id,
        first_read_at=instant_at(times[first]),
        first_register_kwh=curve.values[first] * curve.step,
        last_read_at=instant_at(times[last]),
        last_register_kwh=curve.values[last] * curve.step,
        read_count=bisect_left(times, span[1]) - bisect_left(times, span[0]),
    )
