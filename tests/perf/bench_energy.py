"""Reads to energy on one core, against a bare loop over the same integers in the same run (issue 4, section 4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from time import perf_counter
from typing import NamedTuple

from metering.domain.instants import micros_of
from metering.domain.usage import derive_usage, known_of, states_of
from metering.domain.values import Channel, ChannelReads, ContractWindow, Method, Rating, UnitEvidence

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
FIVE_MINUTES_US = 300_000_000
MONTH = 31 * 288
MUST_READS_S = 300_000
WINDOW = ContractWindow("C", BEGIN, None, [Method.METERED])


class Figure(NamedTuple):
    """A measured value, the limit measured in the same run, their quotient, and the least value that is accepted."""

    name: str
    value: float
    limit: float
    ratio: float
    must: float


def month(count: int = MONTH, faults: int = 0) -> UnitEvidence:
    """One unit, one channel, a read every five minutes; every `faults`-th one is a spike, a dip or a reset."""
    start = micros_of(BEGIN)
    instants = [start + n * FIVE_MINUTES_US for n in range(count + 1)]
    registers, register = [], 1_000_000
    for n in range(count + 1):
        register += 291 + n % 3
        kind = n // faults % 3 if faults and n and n % faults == 0 else None
        register = 100 if kind == 2 else register
        registers.append({0: register + 90_000, 1: register - 293}.get(kind if kind is not None else 9, register))
    channel = Channel("c", "o", "u", Fraction(10**9), Fraction(1, 1000))
    reads = ChannelReads(channel, instants, registers, Fraction(1, 1000))
    return UnitEvidence("u", [Rating(Fraction(3500), Fraction(200))], channels=[reads])


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of several runs."""
    found = []
    for _ in range(times):
        started = perf_counter()
        work()
        found.append(perf_counter() - started)
    return min(found)


def bare(evidence: UnitEvidence) -> int:
    """The least that any reader of registers does: subtract neighbours, and add up."""
    reads = evidence.channels[0]
    total, before = 0, reads.registers[0]
    for _, register in zip(reads.instants_us, reads.registers, strict=True):
        total += register - before
        before = register
    return total


def usage(evidence: UnitEvidence, days: int, by_day: bool = False, profile: bool = False) -> None:
    """The whole path from raw reads to usage spans."""
    edges = [BEGIN + timedelta(days=n) for n in range(days)] if by_day else []
    derive_usage(evidence, [replace(WINDOW, wants_profile=profile)], edges, (BEGIN, BEGIN + timedelta(days=days)))


def one_day(evidence: UnitEvidence) -> tuple[UnitEvidence, tuple[datetime, datetime]]:
    """The last day of the month with a state and the reads after it, as the service derives it."""
    day = (BEGIN + timedelta(days=30), BEGIN + timedelta(days=31))
    state = states_of(known_of(evidence), day[0])["c"]
    reads = evidence.channels[0]
    first = next(n for n, us in enumerate(reads.instants_us) if us > micros_of(state.reference_at))
    kept = replace(reads, instants_us=reads.instants_us[first:], registers=reads.registers[first:], state=state)
    return replace(evidence, channels=[kept]), day


def bench() -> list[Figure]:
    """Reads a second of every shape, and spans a second of a day from its state."""
    plain, spoiled, year = month(), month(faults=50), month(12 * MONTH)
    limit = MONTH / best(lambda: bare(plain), 20)
    shapes: list[tuple[str, int, Callable[[], None], float]] = [
        ("reads to energy, plain month", MONTH, lambda: usage(plain, 31), MUST_READS_S),
        ("reads to energy, twelve months at once", 12 * MONTH, lambda: usage(year, 372), MUST_READS_S),
        ("reads to energy, one read in 50 at fault", MONTH, lambda: usage(spoiled, 31), MUST_READS_S),
        ("reads to energy, 31 local days", MONTH, lambda: usage(plain, 31, True), MUST_READS_S),
        ("reads to energy, 31 days with quarter hours", MONTH, lambda: usage(plain, 31, True, True), 0),
    ]
    figures = []
    for name, count, work, must in shapes:
        value = count / best(work)
        figures.append(Figure(f"{name} (reads/s)", value, limit, value / limit, must))
    evidence, day = one_day(plain)
    value = 1 / best(lambda: derive_usage(evidence, [WINDOW], [], day), 20)
    figures.append(Figure("one day of a channel from its state (days/s)", value, limit / 288, value * 288 / limit, 0))
    return figures


if __name__ == "__main__":
    for figure in bench():
        print(
            f"{figure.name:52} {figure.value:12,.0f}  limit {figure.limit:12,.0f}  ratio {figure.ratio:5.3f}"
            f"  must {figure.must:10,.0f}  {'ok' if figure.value >= figure.must else 'TOO SLOW'}"
        )
