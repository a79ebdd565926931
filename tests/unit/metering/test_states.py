"""A recent day derived from a stored state equals the same day derived from the beginning (rule 3)."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random

import pytest

from metering.domain.instants import instant_at, micros_of
from metering.domain.refusals import StateStale
from metering.domain.state import ChannelState
from metering.domain.usage import derive_usage, known_of, states_of
from metering.domain.values import ChannelReads, ContractWindow, Method, UnitEvidence
from support.generator.chance import DAY
from unit.metering.cases import START, at, case, evidence_of
from unit.metering.plain import channel, evidence, hourly, when

WINDOW = ContractWindow("C1", at(START), None, [Method.METERED, Method.HASH, Method.CALCULATED], failover=True)


def only(reads: ChannelReads, after_us: int, until_us: int) -> ChannelReads:
    """The reads with after < instant <= until."""
    pairs = [pair for pair in zip(reads.instants_us, reads.registers, strict=True) if after_us < pair[0] <= until_us]
    return replace(reads, instants_us=[us for us, _ in pairs], registers=[register for _, register in pairs])


def known_by(whole: UnitEvidence, now: datetime) -> UnitEvidence:
    """What was known when nothing later than `now` had been read."""
    return replace(
        whole,
        channels=[only(reads, -(1 << 62), micros_of(now)) for reads in whole.channels],
        former=[replace(one, reads=only(one.reads, -(1 << 62), micros_of(now))) for one in whole.former],
    )


def since(whole: UnitEvidence, states: dict[str, ChannelState]) -> UnitEvidence:
    """The states and only the reads after them."""
    channels = []
    for reads in whole.channels:
        state = states.get(reads.channel.channel_id)
        if state is not None:
            kept = ChannelState.of_dict(state.to_dict())
            assert kept == state
            reads = replace(only(reads, micros_of(state.reference_at), 1 << 62), state=kept)
        channels.append(reads)
    return replace(whole, channels=channels)


@pytest.mark.parametrize("block", range(6))
def test_every_day_from_the_state_of_its_morning_equals_the_day_from_the_beginning(block: int) -> None:
    for seed in range(block * 40, block * 40 + 40):
        whole = evidence_of(case(seed))
        states: dict[str, ChannelState] = {}
        for number in range(10):
            day = (at(START + number * DAY), at(START + (number + 1) * DAY))
            seen = known_of(since(known_by(whole, day[1] + timedelta(hours=7)), states))
            states = dict(states_of(seen, day[0]))
            from_state = derive_usage(since(whole, states), [WINDOW], [], day)
            assert from_state == derive_usage(whole, [WINDOW], [], day), (seed, number)


def without_some(reads: ChannelReads, rng: Random) -> tuple[ChannelReads, list[int]]:
    """The channel before an eighth of its reads has come, and the instants of those that come late."""
    pairs = list(zip(reads.instants_us, reads.registers, strict=True))
    late = set(rng.sample(reads.instants_us, len(pairs) // 8))
    early = [pair for pair in pairs if pair[0] not in late]
    kept = replace(reads, instants_us=[us for us, _ in early], registers=[register for _, register in early])
    return kept, sorted(late)


@pytest.mark.parametrize("block", range(4))
def test_a_state_that_survives_late_reads_still_gives_the_same_day(block: int) -> None:
    served = 0
    for seed in range(block * 50, block * 50 + 50):
        rng = Random(seed)
        whole = evidence_of(case(seed))
        parts = [without_some(reads, rng) for reads in whole.channels]
        morning = at(START + 6 * DAY)
        states = states_of(known_of(replace(whole, channels=[kept for kept, _ in parts])), morning)
        late = {kept.channel.channel_id: instants for kept, instants in parts}
        surviving = {
            name: state for name, state in states.items() if all(state.survives(instant_at(us)) for us in late[name])
        }
        day = (morning, morning + timedelta(days=1))
        try:
            from_state = derive_usage(since(whole, surviving), [WINDOW], [], day)
        except StateStale:
            continue
        served += bool(surviving)
        assert from_state == derive_usage(whole, [WINDOW], [], day), seed
    assert served > 5


def test_a_state_lies_a_day_before_the_reference_in_force_so_that_a_mean_can_be_formed() -> None:
    known = known_of(evidence(hourly(72)))
    state = states_of(known, when(60))["c"]
    assert state.reference_at == when(36)
    assert state.serves_from_at == when(60)
    assert state.decided_by_at == when(36)


def test_nothing_is_frozen_within_the_first_day_of_a_channel() -> None:
    assert states_of(known_of(evidence(hourly(23))), when(20)) == {}


def test_a_late_read_before_the_state_makes_it_stale_and_one_after_it_does_not() -> None:
    state = states_of(known_of(evidence(hourly(72))), when(60))["c"]
    assert not state.survives(when(36))
    assert state.survives(when(36) + timedelta(seconds=1))


def test_a_state_is_refused_when_the_tick_was_corrected() -> None:
    whole = evidence(hourly(72))
    states = dict(states_of(known_of(whole), when(60)))
    other = channel(tick=Fraction(1, 10))
    with pytest.raises(StateStale):
        known_of(since(replace(whole, channels=[replace(whole.channels[0], channel=other)]), states))


def test_a_state_is_refused_for_a_span_before_it() -> None:
    whole = evidence(hourly(72))
    states = dict(states_of(known_of(whole), when(60)))
    with pytest.raises(StateStale):
        derive_usage(since(whole, states), [WINDOW], [], (when(59), when(61)))


def test_the_last_reads_are_not_frozen_while_a_spike_may_still_prove_to_be_a_new_beginning() -> None:
    reads = [*hourly(48), (when(49), Fraction(5000)), (when(50), Fraction(5003)), (when(51), Fraction(144))]
    known = known_of(evidence(reads))
    assert known.channels[0].trace.settled == 50
    assert states_of(known, when(200))["c"].reference_at <= when(27)
