"""What collectors send, read part by part: what is wrong with one costs neither the others nor the process."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import RuleBroken
from metering.api import readings, telemetry
from metering.api.bodies import Decoder, Entries

POLLS: Decoder[readings.Poll] = Decoder("polls", readings.Poll)
SCANS: Decoder[telemetry.Scan] = Decoder("scans", telemetry.Scan)
GOOD = b'{"pdu": "A", "polled_at": "2025-03-03T00:00:00Z", "energy_wh": [1, 2]}'

NO_RATES = (
    b'"1 2"', b'"\xff"', b'"1_0"', b'"\xd9\xa1"', b'"1e999999999"', b"1e-99999999", b"-1", b"[1]", b'"NaN"', b'""',
)  # fmt: skip


def polls(*entries: bytes) -> Entries[readings.Poll]:
    return POLLS.decode(b'{"polls": [' + b",".join(entries) + b"]}")


def rates(miners: bytes) -> list[str] | None:
    scan = b'{"site": "S", "scanned_at": "2025-03-03T00:00:00Z", "interval_s": 60, "miners": {' + miners + b"}}"
    ((_, found),) = SCANS.decode(b'{"scans": [' + scan + b"]}").read
    return telemetry.plain_decimals([rate for rate, _ in found.miners.values()])


@pytest.mark.parametrize("bad", [b'"\xff"', b'"\xed\xa0\x80"', b"7", b"null", b"[[[]]]"])
def test_a_poll_that_is_no_text_is_refused_for_itself(bad: bytes) -> None:
    other = GOOD.replace(b'"A"', b"8")
    for entries in ((GOOD, GOOD.replace(b'"A"', bad)), (other, GOOD.replace(b'"A"', bad), GOOD)):
        found = polls(*entries)
        assert [one.pdu for _, one in found.read] == ["A"]
        assert len(found.refused) == len(entries) - 1
        assert all(one.reason and one.remedy for one in found.refused)


@pytest.mark.parametrize(
    "body",
    [
        b'{"polls": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", b'{"polls": [NaN]}', b'{"polls": [1e]}', b"",
        b'{"polls": [{"pdu": "\\ud800"}, 7]}', b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_whole_and_says_so(body: bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        POLLS.decode(body)
    assert (refused.value.status, refused.value.field) == (422, "body")


@pytest.mark.parametrize(
    ("miners", "plain"),
    [
        (b'"A": [101.50, "hashing"], "B": ["1e3", "online"]', ["101.50", "1000"]), (b"", []),
        *((b'"A": [' + bad + b', "hashing"]', None) for bad in NO_RATES),
    ],
)  # fmt: skip
def test_a_hashrate_is_a_plain_number_of_a_meters_length(miners: bytes, plain: Any) -> None:
    assert rates(miners) == plain
    if plain is None:
        assert rates(b'"X": [1, "hashing"], ' + miners) is None
