"""Evidence of a unit -> usage spans. This is metering's front door for other packages.

    spans = derive_usage(evidence, windows, edges, (from_at, to_at))

or, to derive several spans from one walk of the reads and to keep states for the next day:

    known = known_of(evidence)
    spans = usage_of(known, windows, edges, (from_at, to_at))
    states = states_of(known, next_day_at)      # {channel_id: ChannelState}, store with to_dict()

The result depends on the set of evidence alone: order, repetition and lateness of reads do not matter (rule 3).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from metering.domain.assembly import lines_for, usage_span
from metering.domain.freezing import frozen
from metering.domain.instants import micros_of
from metering.domain.intervals import both
from metering.domain.known import KnownUnit, known_unit, refuse_unserved
from metering.domain.spans import UsageSpan
from metering.domain.state import ChannelState
from metering.domain.values import ContractWindow, UnitEvidence
from metering.domain.windows import cut, in_order, life_of_window


def derive_usage(
    evidence: UnitEvidence,
    windows: Sequence[ContractWindow],
    edges: Sequence[datetime],
    span: tuple[datetime, datetime],
) -> list[UsageSpan]:
    """The usage of one unit within half-open `span`, by contract, in order of time.

    Each window is cut at `edges`, at its own edges and where the unit's rating changes; cuts outside a window do
    nothing. A unit on two contracts at one instant, overlapping channels of an outlet, overlapping hashprice rows
    and states that do not fit are refused (`RuleBroken`).
    """
    return usage_of(known_of(evidence), windows, edges, span)


def known_of(evidence: UnitEvidence) -> KnownUnit:
    """The evidence walked once: registers to energy, overlapping telemetry resolved."""
    return known_unit(evidence)


def usage_of(
    known: KnownUnit,
    windows: Sequence[ContractWindow],
    edges: Sequence[datetime],
    span: tuple[datetime, datetime],
) -> list[UsageSpan]:
    """As `derive_usage`, of evidence already walked."""
    refuse_unserved(known, span[0])
    wanted = (micros_of(span[0]), micros_of(span[1]))
    outside = [micros_of(edge) for edge in edges]
    spans = []
    for window in in_order(windows):
        inside = both([life_of_window(window)], [wanted] if wanted[0] < wanted[1] else [])
        seen = lines_for(known, window) if inside else None
        cuts = outside + [micros_of(edge) for edge in window.edges]
        for rated in known.spans:
            for stretch in both(inside, [(rated.from_us, rated.to_us)]):
                for cell in cut(stretch, cuts):
                    assert seen is not None
                    spans.append(usage_span(known, window, rated, cell, seen))
    return spans


def states_of(known: KnownUnit, at: datetime) -> Mapping[str, ChannelState]:
    """By channel, the youngest state from which spans beginning at or after `at` can be derived.

    A channel is absent while nothing of it is settled: then derive from its first read.
    """
    states = {}
    for walked in known.channels:
        channel_id = walked.channel.channel_id
        state = frozen(walked.channel, known.spans, walked.trace, micros_of(at), known.states.get(channel_id))
        if state is not None:
            states[channel_id] = state
    return states
