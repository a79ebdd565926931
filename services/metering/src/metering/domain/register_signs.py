"""Signs that a register is not to be trusted, over a span of time (rule 3, metered)."""

from collections.abc import Sequence
from dataclasses import dataclass

from metering.domain.alerts import refused_runs
from metering.domain.instants import instant_at
from metering.domain.intervals import Interval, both
from metering.domain.known import KnownUnit
from metering.domain.outlets import WalkedChannel
from metering.domain.telemetry import time_where
from metering.domain.values import UnitStatus

_ANOMALIES = frozenset({"reset", "dropout", "spike", "re-based", "out_of_range", "duplicate_value"})


@dataclass(frozen=True, slots=True)
class RegisterSigns:
    """What a channel showed over the span: anomalies by flag; whether spikes have been refused for more than a day up
    to its end; the longest time in which it stood still while its unit hashed, in microseconds.
    """

    channel_id: str
    anomalies: tuple[str, ...]
    is_refused: bool
    stuck_us: int


def register_signs(known: KnownUnit, span: Interval) -> list[RegisterSigns]:
    """By channel; a channel whose life does not touch the span is left out when there is nothing to say of it."""
    refused = {run.channel_id for run in refused_runs(known) if instant_at(span[0]) <= run.to_at < instant_at(span[1])}
    hashing = time_where(known.stretches, lambda one: one.status == UnitStatus.HASHING and one.ths > 0)
    found = []
    for walked in known.channels:
        channel_id = walked.channel.channel_id
        flags = {mark.flag for mark in walked.trace.marks if mark.touches(*span)}
        found.append(
            RegisterSigns(
                channel_id, tuple(sorted(flags & _ANOMALIES)), channel_id in refused, _stuck(walked, hashing, span)
            )
        )
    return found


def _stuck(walked: WalkedChannel, hashing: Sequence[Interval], span: Interval) -> int:
    """A register may stand still between two reads; only standing still over hashing time is a sign."""
    still = both(both(walked.trace.zeros, hashing), [span])
    return max((end - start for start, end in still), default=0)
