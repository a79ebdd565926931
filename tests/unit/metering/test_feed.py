"""Hashprice from an address: pointers, prices, instants, rows that never cover what was not said (rule 4.2)."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from metering.api.hashprice_import import _lines
from metering.domain.feed import PriceUnit, at_pointer, checked_pointer, instant_in, price_of, row_of
from metering.domain.hashprice import gaps_of
from metering.domain.refusals import BadFeed
from metering.domain.values import HashpriceRow
from metering.gateways.price_feed import JsonAddress, checked_url, refuse_private
from unit.metering.plain import BEGIN, when

TEXT = '{"data": [{"price": 50.25, "t": 1740787200}, {"price": "51", "t": 1740790800}], "a/b": {"~": 7}}'
DOCUMENT = json.loads(TEXT, parse_float=Decimal)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/data/0/price", Decimal("50.25")), ("/data/-1/price", "51"), ("/a~1b/~0", 7), ("", DOCUMENT)],
)
def test_a_pointer_finds_its_value(pointer: str, value: object) -> None:
    assert at_pointer(DOCUMENT, checked_pointer(pointer, field="p"), field="p") == value


@pytest.mark.parametrize("pointer", ["/data/2/price", "/data/x", "/none", "/data/0/price/x", "/data/-3", "/data/1e1"])
def test_what_is_not_there_is_told(pointer: str) -> None:
    with pytest.raises(BadFeed, match="has no"):
        at_pointer(DOCUMENT, pointer, field="p")
    with pytest.raises(BadFeed):
        checked_pointer("data", field="p")


def test_a_price_is_exact_and_in_dollars_a_petahash_and_day() -> None:
    assert price_of(Decimal("50.613"), PriceUnit.PH_DAY) == "50.613"
    assert price_of("0.0506", PriceUnit.TH_DAY) == "50.6000"
    assert price_of(51, PriceUnit.PH_DAY) == "51"
    assert price_of(Decimal("5.1E+1"), PriceUnit.PH_DAY) == "51"
    nothing: list[object] = [True, None, "x", [], Decimal(-1), Decimal(10**9), "1e5"]
    for bad in nothing:
        with pytest.raises(BadFeed):
            price_of(bad, PriceUnit.PH_DAY)


def test_an_instant_is_rfc_3339_or_seconds_or_milliseconds() -> None:
    for value in ("2025-03-01T00:00:00Z", 1740787200, "1740787200", Decimal("1740787200000"), "2025-02-28T18:00-06:00"):
        assert instant_in(value) == BEGIN
    nothing: list[object] = [True, None, "tomorrow", "2025-03-01T00:00:00", Decimal(10) ** 20, {}]
    for bad in nothing:
        with pytest.raises(BadFeed):
            instant_in(bad)


def test_a_price_counts_for_one_interval_and_begins_where_the_last_one_ends() -> None:
    assert row_of(when(1), HOUR, None, when(1)) == (when(1), when(2))
    assert row_of(when(1), HOUR, when(Fraction(3, 2)), when(1)) == (when(Fraction(3, 2)), when(2))
    assert row_of(when(1), HOUR, when(2), when(1)) is None
    assert row_of(when(9), HOUR, when(2), when(9)) == (when(9), when(10))
    with pytest.raises(BadFeed):
        row_of(when(3), HOUR, None, when(2))


def test_gaps_are_what_no_row_covers() -> None:
    rows = [HashpriceRow(when(a), when(b), Fraction(50)) for a, b in ((1, 3), (3, 4), (6, 7))]
    assert gaps_of(rows, when(0), when(8)) == [(when(0), when(1)), (when(4), when(6)), (when(7), when(8))]
    assert gaps_of(rows, when(1), when(4)) == []
    assert gaps_of(rows, when(5), when(5)) == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.3.4", "100.64.0.1", "0.0.0.0", "::1",
        "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:a00:1::1", "224.0.0.1", "255.255.255.255", "ff02::1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_dress(address: str) -> None:
    with pytest.raises(BadFeed, match="private"):
        refuse_private("host.example", ["93.184.216.34", address])


def test_public_addresses_pass_and_only_plain_https_urls_are_asked() -> None:
    refuse_private("host.example", ["93.184.216.34", "2606:2800:220:1::1"])
    checked_url("https://host.example/x?y=1", allow_private=False)
    for bad in ("http://host.example/", "ftp://x/", "https://", "https://u:p@host.example/", "file:///etc/passwd"):
        with pytest.raises(BadFeed):
            checked_url(bad, allow_private=False)


async def test_a_name_is_looked_up_and_checked_at_each_connection() -> None:
    feed = JsonAddress(allow_private=False)
    for url in ("https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x"):
        with pytest.raises(BadFeed, match="private"):
            await asyncio.wait_for(feed.document(url), 5)


def test_lines_of_an_import_are_read_as_they_stand() -> None:
    text = b"\xef\xbb\xbfto_at,from_at,usd_per_ph_day\r\nB,A,1.50\r\n\r\nD,C\r\n"
    assert list(_lines(text, "text/csv; charset=utf-8")) == [("A", "B", "1.50"), ("C", "D", "")]
    lines = b'{"from_at": "A", "to_at": "B", "usd_per_ph_day": 1.50}\n\nnone\n[1]\n'
    assert list(_lines(lines, "application/x-ndjson")) == [("A", "B", "1.50"), ("", "", ""), ("", "", "")]


def test_numbers_out_of_all_proportion_cost_nothing() -> None:
    for huge in (Decimal("1e999999"), Decimal("1e-999999"), 10**5000):
        with pytest.raises(BadFeed):
            price_of(huge, PriceUnit.PH_DAY)
        with pytest.raises(BadFeed):
            instant_in(huge if huge != Decimal("1e-999999") else Decimal("1e999999"))
    for bad in ("1.2.3", "²", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(BadFeed):
            instant_in(bad)
