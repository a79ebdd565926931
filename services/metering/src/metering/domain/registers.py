"""Channels and raw reads made ready for the walk: what is used, in order of time, and what is set aside (rule 3)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import islice, pairwise
from math import lcm
from operator import lt

from common.money import Exact
from metering.domain.instants import BEGIN_US, END_US, micros_of
from metering.domain.refusals import BadReads, ChannelsOverlap
from metering.domain.state import ChannelState
from metering.domain.trace import Mark
from metering.domain.values import Channel, ChannelReads


@dataclass(frozen=True, slots=True)
class UsableReads:
    """Valid reads in strict order of time, registers in `step_kwh`; `reference` is the stored one they follow."""

    instants_us: Sequence[int]
    registers: Sequence[int]
    step_kwh: Fraction
    reference: tuple[int, int] | None
    marks: Sequence[Mark]


def life_of(channel: Channel) -> tuple[int, int]:
    """The channel's life in microseconds."""
    return (
        BEGIN_US if channel.from_at is None else micros_of(channel.from_at),
        END_US if channel.to_at is None else micros_of(channel.to_at),
    )


def modulus_of_digits(digits: int) -> Fraction:
    """The modulus of a register that shows so many whole kWh digits."""
    return Fraction(10) ** digits


def refuse_overlapping_channels(channels: Iterable[Channel]) -> None:
    """Channels of one outlet may touch, not overlap, whatever unit they feed (rule 3)."""
    by_outlet: dict[str, list[Channel]] = defaultdict(list)
    for channel in channels:
        by_outlet[channel.outlet_id].append(channel)
    for outlet_id, lives in by_outlet.items():
        lives.sort(key=lambda channel: (*life_of(channel), channel.channel_id))
        for earlier, later in pairwise(lives):
            if life_of(later)[0] < life_of(earlier)[1]:
                raise ChannelsOverlap(
                    f"Channels {earlier.channel_id} and {later.channel_id} overlap on outlet {outlet_id} (rule 3).",
                    field="channels",
                    remedy="end the earlier channel before the later one begins",
                )


def reads_of(
    channel: Channel, reads: Iterable[tuple[datetime, Exact]], state: ChannelState | None = None
) -> ChannelReads:
    """Reads in kWh as the two integer columns, in the coarsest step that holds them all exactly."""
    pairs = [(micros_of(at), _finite(register)) for at, register in reads]
    parts = lcm(*(register.denominator for _, register in pairs), 1)
    return ChannelReads(
        channel,
        [us for us, _ in pairs],
        [register.numerator * (parts // register.denominator) for _, register in pairs],
        Fraction(1, parts),
        state,
    )


def _finite(register: Exact) -> Fraction:
    if isinstance(register, Decimal) and not register.is_finite():
        raise BadReads(f"A register of {register} is none.", field="reads", remedy="a number of kWh")
    return Fraction(register)


def usable(reads: ChannelReads) -> UsableReads:
    """The reads that the walk may use; the others become marks.

    Set aside are reads outside the channel's life (both ends are inside), below 0 or not below the modulus, and of
    two values at one instant the higher.
    """
    state = reads.state
    after_us = BEGIN_US if state is None else micros_of(state.reference_at)
    parts = _parts(reads)
    step = reads.step_kwh / parts
    instants, registers = reads.instants_us, reads.registers
    if parts != 1:
        registers = [register * parts for register in registers]
    modulus = int(reads.channel.modulus_kwh / step)
    marks: list[Mark] = []
    if not _plain(instants, registers, life_of(reads.channel), modulus):
        instants, registers, marks = _sorted_out(reads.channel, zip(instants, registers, strict=True), modulus)
    first = bisect_right(instants, after_us)
    if first:
        instants, registers = instants[first:], registers[first:]
    reference = None if state is None else (after_us, int(state.register_kwh / step))
    return UsableReads(instants, registers, step, reference, [mark for mark in marks if mark.from_us > after_us])


def _parts(reads: ChannelReads) -> int:
    """Into how many a register step must be cut to hold the modulus and the stored register exactly."""
    stored = Fraction(0) if reads.state is None else reads.state.register_kwh / reads.step_kwh
    return lcm((reads.channel.modulus_kwh / reads.step_kwh).denominator, stored.denominator)


def _plain(instants: Sequence[int], registers: Sequence[int], life: tuple[int, int], modulus: int) -> bool:
    """Whether all reads can be used as they stand: in order, one an instant, in range."""
    return not instants or (
        life[0] <= instants[0]
        and instants[-1] <= life[1]
        and min(registers) >= 0
        and max(registers) < modulus
        and all(map(lt, instants, islice(instants, 1, None)))
    )


def _sorted_out(
    channel: Channel, reads: Iterable[tuple[int, int]], modulus: int
) -> tuple[list[int], list[int], list[Mark]]:
    from_us, to_us = life_of(channel)
    instants: list[int] = []
    registers: list[int] = []
    marks: list[Mark] = []
    for us, register in sorted(set(reads)):
        if not from_us <= us <= to_us:
            marks.append(Mark("outside_life", us, us, register))
        elif not 0 <= register < modulus:
            marks.append(Mark("out_of_range", us, us, register))
        elif instants and instants[-1] == us:
            marks.append(Mark("duplicate_value", us, us, register))
        else:
            instants.append(us)
            registers.append(register)
    return instants, registers, marks
