"""The evidence of a unit, walked and resolved once: functions of time, ready to be cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from metering.domain.freezing import refuse_stale
from metering.domain.hashprice import in_order
from metering.domain.instants import BEGIN_US, DAY_US, micros_of
from metering.domain.law import law_of
from metering.domain.line import Line
from metering.domain.outlets import WalkedChannel, metered_line
from metering.domain.ratings import RatedSpan, rated_spans
from metering.domain.refusals import BadChannel, StateStale
from metering.domain.registers import refuse_overlapping_channels, usable
from metering.domain.state import ChannelState
from metering.domain.telemetry import Stretch, resolved
from metering.domain.values import ChannelReads, HashpriceRow, ResetEstimate, UnitEvidence
from metering.domain.walk import walk


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """What the evidence of one unit says. `states` are those the walks began at, by channel."""

    unit_id: str
    spans: Sequence[RatedSpan]
    channels: Sequence[WalkedChannel]
    former: Sequence[WalkedChannel]
    states: dict[str, ChannelState]
    metered: Line
    stretches: Sequence[Stretch]
    hashprice: Sequence[HashpriceRow]
    reset_estimate: ResetEstimate


def known_unit(evidence: UnitEvidence) -> KnownUnit:
    """Walk the reads and resolve what overlaps; what cannot be is refused."""
    for reads in evidence.channels:
        if reads.channel.unit_id != evidence.unit_id:
            raise BadChannel(f"Channel {reads.channel.channel_id} does not feed unit {evidence.unit_id}.", field="unit")
    every = [*evidence.channels, *(former.reads for former in evidence.former)]
    refuse_overlapping_channels(reads.channel for reads in every)
    spans = rated_spans(evidence.ratings)
    channels = [walked_channel(reads, spans) for reads in evidence.channels]
    former = [walked_channel(one.reads, rated_spans(one.ratings)) for one in evidence.former]
    return KnownUnit(
        unit_id=evidence.unit_id,
        spans=spans,
        channels=channels,
        former=former,
        states={reads.channel.channel_id: reads.state for reads in every if reads.state is not None},
        metered=metered_line(channels, former, evidence.reset_estimate),
        stretches=resolved(evidence.telemetry),
        hashprice=in_order(evidence.hashprice),
        reset_estimate=evidence.reset_estimate,
    )


def walked_channel(reads: ChannelReads, spans: Sequence[RatedSpan]) -> WalkedChannel:
    """One channel's reads to energy, from its first read or from its stored state."""
    decided_by_us = BEGIN_US
    if reads.state is not None:
        refuse_stale(reads.channel, spans, reads.state)
        decided_by_us = micros_of(reads.state.decided_by_at)
    ready = usable(reads)
    return WalkedChannel(reads.channel, walk(ready, law_of(reads.channel, spans, ready.step_kwh), decided_by_us))


def refuse_unserved(known: KnownUnit, from_at: datetime) -> None:
    """Raise `StateStale` where a span from that instant on cannot be derived from the states the walks began at."""
    for state in known.states.values():
        if from_at < state.serves_from_at:
            raise _too_young(state, from_at)
    if known.reset_estimate != ResetEstimate.MEAN or not known.states:
        return
    needed = [
        (walked.channel.outlet_id, start - DAY_US)
        for walked in known.channels
        for start, end in walked.trace.resets
        if end > micros_of(from_at)
    ]
    for walked in (*known.channels, *known.former):
        own = known.states.get(walked.channel.channel_id)
        if own is not None and any(
            outlet_id == walked.channel.outlet_id and since < micros_of(own.reference_at) for outlet_id, since in needed
        ):
            raise _too_young(own, from_at)


def _too_young(state: ChannelState, from_at: datetime) -> StateStale:
    return StateStale(
        f"The state of channel {state.channel_id} at {state.reference_at.isoformat()} does not reach back far enough "
        f"for {from_at.isoformat()}.",
        field="state",
        remedy="an older state, or all reads",
    )
