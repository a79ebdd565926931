"""From a walk to a stored state, and back: deriving a recent day without reading from the beginning (rule 3).

A state is a reference that no later read can change. It lies at least 24 hours before the reference in force at the
wanted instant, so that the mean of a reset estimate can be formed from what follows it.
"""

from bisect import bisect_right
from collections.abc import Sequence

from metering.domain.instants import BEGIN_US, DAY_US, instant_at, micros_of
from metering.domain.ratings import RatedSpan
from metering.domain.refusals import StateStale
from metering.domain.registers import life_of
from metering.domain.state import ChannelState
from metering.domain.trace import Trace
from metering.domain.values import Channel


def terms_of(channel: Channel, spans: Sequence[RatedSpan], decided_by_us: int) -> str:
    """What the walk up to an instant rests on besides reads: modulus, tick, birth and the ratings so far."""
    rated = ";".join(f"{span.from_us}:{span.rating.rated_w}" for span in spans if span.from_us <= decided_by_us)
    return f"{channel.modulus_kwh}|{channel.tick_kwh}|{life_of(channel)[0]}|{rated}"


def refuse_stale(channel: Channel, spans: Sequence[RatedSpan], state: ChannelState) -> None:
    """Raise `StateStale` where the channel or a rating was changed under the state."""
    decided_by_us = micros_of(state.decided_by_at)
    fits = state.channel_id == channel.channel_id and decided_by_us <= life_of(channel)[1]
    if not fits or state.terms != terms_of(channel, spans, decided_by_us):
        raise StateStale(
            f"Channel {channel.channel_id} or its unit's rating has changed since the state of "
            f"{state.reference_at.isoformat()}.",
            field="state",
            remedy="derive from the channel's first read",
        )


def frozen(
    channel: Channel, spans: Sequence[RatedSpan], trace: Trace, at_us: int, before: ChannelState | None
) -> ChannelState | None:
    """The youngest state that serves spans from the instant on; `before` is the one the walk itself began at."""
    times = trace.curve.times
    in_force = bisect_right(times, at_us, 0, trace.settled) - 1
    if in_force < 0:
        return None
    chosen = bisect_right(times, times[in_force] - DAY_US, 0, trace.settled) - 1
    if chosen < 0:
        return before
    decided_by_us = max(us for us in (times[chosen], *_looked_at(trace, chosen)))
    return ChannelState(
        channel_id=channel.channel_id,
        reference_at=instant_at(times[chosen]),
        register_kwh=trace.curve.values[chosen] * trace.step_kwh,
        decided_by_at=instant_at(decided_by_us),
        serves_from_at=instant_at(times[in_force]),
        terms=terms_of(channel, spans, decided_by_us),
    )


def _looked_at(trace: Trace, reference: int) -> list[int]:
    return [us for since, us in trace.decisions if since <= reference and us > BEGIN_US]
