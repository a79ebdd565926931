"""A packed day of scans comes back as it went in, whatever its rows are (issue 5, section 1)."""

from datetime import timedelta
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from metering.store.scan_block import RawScan, block_of, scans_in
from metering.store.scans import packed_decimals, packed_degrees
from unit.metering.plain import when

WHOLE = st.integers(-(1 << 63), (1 << 63) - 1)
ROW = st.tuples(WHOLE, st.integers(1, 86_400), st.binary(max_size=9), st.binary(max_size=5), st.none() | st.binary())


@given(st.lists(ROW, min_size=1, max_size=8))
def test_scans_of_any_length_survive(rows: list[tuple[int, int, bytes, bytes, bytes | None]]) -> None:
    scans = [
        RawScan(when(n), digest, when(n) + timedelta(microseconds=n), interval_s, digest, rates, states, degrees)
        for n, (digest, interval_s, rates, states, degrees) in enumerate(rows)
    ]
    assert scans_in(block_of(scans)) == scans


def test_a_usual_day_takes_less_than_half_of_what_its_rows_took() -> None:
    chance, units = Random(7), 50
    rates = [Fraction(chance.randrange(19_000, 21_000), 100) for _ in range(units)]
    scans = []
    for n in range(288):
        rates = [one + Fraction(chance.randrange(-80, 81), 100) for one in rates]
        texts = [f"{int(one)}.{int(one % 1 * 100):02}" for one in rates]
        degrees = packed_degrees([str(chance.randrange(66, 69)) for _ in rates])
        scans.append(RawScan(when(n), n, when(n), 300, 1, packed_decimals(texts), bytes([2] * units), degrees))
    size = sum(len(one.hashrate_ths) + len(one.status) + len(one.temperatures_c or b"") for one in scans)
    assert len(block_of(scans)) < size / 2
