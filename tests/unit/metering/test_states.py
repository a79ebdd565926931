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
from metering.domain.values import ChannelReads, ContractWindow, Method, ResetEstimate, UnitEvidence
from support.generator.chance import DAY
from unit.metering.cases import START, at, case, evidence_of
from unit.metering.plain import RATING, Read, channel, evidence, hourly, when

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


def state_at(reads: list[Read], hour: int) -> ChannelState:
    return states_of(known_of(evidence(reads)), when(hour))["c"]


def shifted(first: int, last: int, kwh: int) -> list[Read]:
    """Hourly reads from one hour to another that run `kwh` above three times the hour."""
    return [(when(hour), Fraction(3 * hour + kwh)) for hour in range(first, last + 1)]


def test_a_reset_rests_on_the_read_after_it_however_late_that_is() -> None:
    state = state_at([*hourly(30, first=500), (when(31), Fraction(0)), *shifted(80, 120, -240)], 100)
    assert (state.reference_at, state.decided_by_at) == (when(31), when(80))
    assert not state.survives(when(40))


def test_a_new_segment_rests_on_the_three_reads_after_its_first() -> None:
    late = [(when(hour), Fraction(3 * hour + 5000)) for hour in (31, 50, 60, 70)]
    state = state_at([*hourly(30), *late, *shifted(71, 90, 5000)], 80)
    assert (state.reference_at, state.decided_by_at) == (when(50), when(70))


def test_a_first_reference_rests_on_the_read_after_it() -> None:
    state = state_at([(when(0), Fraction(0)), *shifted(60, 90, 0)], 70)
    assert (state.reference_at, state.decided_by_at) == (when(0), when(60))


def test_a_state_made_from_a_state_rests_on_what_that_one_rested_on() -> None:
    whole = evidence([*hourly(30, first=500), (when(31), Fraction(0)), *shifted(80, 120, -240)])
    first = dict(states_of(known_of(whole), when(100)))
    again = states_of(known_of(since(whole, first)), when(101))["c"]
    assert (again.reference_at, again.decided_by_at, again.serves_from_at) == (when(31), when(80), when(101))
    early = states_of(known_of(since(whole, first)), when(40))["c"]
    assert early == first["c"]


def test_a_reset_without_a_next_read_is_not_frozen() -> None:
    state = state_at([*hourly(30, first=500), (when(80), Fraction(0))], 200)
    assert (state.reference_at, state.serves_from_at) == (when(6), when(30))


def test_what_follows_a_jump_is_not_frozen_while_the_jump_may_still_prove_to_be_a_new_segment() -> None:
    small = channel(modulus=Fraction(10), tick=Fraction(1, 8))
    ends = [(when(2), Fraction(9)), (when(Fraction(37, 10)), Fraction(19, 2))]
    known = known_of(evidence([*hourly(1), *ends], small))
    assert len(known.channels[0].trace.curve.times) == 3
    assert known.channels[0].trace.settled == 2


def test_what_follows_a_jump_rests_on_the_read_that_proves_it_a_spike() -> None:
    small = channel(modulus=Fraction(10), tick=Fraction(1, 8))
    ends = [(when(2), Fraction(9)), (when(Fraction(37, 10)), Fraction(19, 2))]
    low = [(when(Fraction(38 + 10 * hour, 10)), Fraction(5)) for hour in range(24)]
    known = known_of(evidence([*hourly(1), *ends, *low, (when(Fraction(111, 4)), Fraction(5))], small))
    state = states_of(known, when(28))["c"]
    assert (state.reference_at, state.decided_by_at) == (when(Fraction(37, 10)), when(Fraction(38, 10)))


def test_a_state_is_refused_where_a_mean_would_have_to_look_behind_it() -> None:
    whole = evidence(hourly(72, first=500))
    states = dict(states_of(known_of(whole), when(60)))
    reads = [*hourly(50, first=500), (when(61), Fraction(1)), (when(62), Fraction(4))]
    changed = evidence(reads, reset_estimate=ResetEstimate.MEAN)
    with pytest.raises(StateStale, match="far enough"):
        derive_usage(since(changed, states), [WINDOW], [], (when(60), when(62)))
    assert derive_usage(since(changed, states), [WINDOW], [], (when(61), when(62)))
    plain = replace(changed, reset_estimate=ResetEstimate.NONE)
    assert derive_usage(since(plain, states), [WINDOW], [], (when(60), when(62)))


def test_a_state_is_refused_when_the_rating_was_corrected_and_kept_when_a_later_one_was_added() -> None:
    whole = evidence(hourly(72))
    states = dict(states_of(known_of(whole), when(60)))
    later = replace(RATING, rated_w=Fraction(3500), from_at=when(50))
    assert known_of(since(replace(whole, ratings=[RATING, later]), states))
    with pytest.raises(StateStale):
        known_of(since(replace(whole, ratings=[replace(later, from_at=None)]), states))
    with pytest.raises(StateStale):
        known_of(since(replace(whole, ratings=[RATING, replace(later, from_at=when(36))]), states))


def test_a_channel_may_be_closed_after_its_state_and_not_before_it() -> None:
    whole = evidence(hourly(72))
    states = dict(states_of(known_of(whole), when(60)))

    def closed(hour: int) -> UnitEvidence:
        return replace(whole, channels=[replace(whole.channels[0], channel=channel(life=(None, when(hour))))])

    assert known_of(since(closed(36), states))
    with pytest.raises(StateStale):
        known_of(since(closed(35), states))
