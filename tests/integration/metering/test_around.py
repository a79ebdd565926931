"""What people and programs read: evidence set aside, profiles, sites, CSV, devices, hashprice and its sources."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from events.metering import HashpricePublished
from support.metering_house import START, House, at

DAYS = {"from_on": "2025-03-03", "to_on": "2025-03-04"}


async def test_evidence_set_aside_is_listed_with_its_reason(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -2, 20))
    first = house.channels[house.units[0]][0]
    await house.post(f"/v1/channels/{first['id']}/close", {"to_at": at(18).isoformat()}, 200)
    await house.send([
        house.poll("PDU-A", at(5), [1_153_705, None]), house.poll("PDU-A", at(6.1), [9_000_000, None]),
        house.poll("PDU-A", at(7.1), [5_000_000_000, None]),
    ])  # fmt: skip
    path, asked = "/v1/evidence", {"pdu_id": house.pdus["PDU-A"], **DAYS}
    found = (await house.get(path, asked))["items"]
    assert [(one["position"], one["reason"], one["read_count"], one["first_energy_wh"]) for one in found] == [
        (1, "duplicate_value", 1, 1_153_705), (1, "spike", 1, 9_000_000),
        (1, "out_of_range", 1, 5_000_000_000), (1, "outside_life", 4, 1_000_000 + round(66.5 * 2900)),
    ]  # fmt: skip
    assert {one["unit_id"] for one in found[:3]} == {str(house.units[0])}
    page = await house.get(path, asked | {"limit": 1})
    rest = await house.get(path, asked | {"after": page["next"]})
    assert page["items"] + rest["items"] == found
    last = await house.get(path, asked | {"sort": "-from_at", "limit": 1})
    others = await house.get(path, asked | {"sort": "-from_at", "after": last["next"]})
    assert last["items"] + others["items"] == found[::-1]
    narrowed = await house.get(path, asked | {"reason": "spike", "position": 1})
    assert narrowed["items"] == found[1:2]
    assert (await house.get(path, asked | {"unit_id": house.units[1]}))["items"] == []
    await house.get(path, {"pdu_id": uuid4(), **DAYS}, 404)
    await house.get(path, asked | {"from_on": "2025-01-01"}, 422)


async def test_profiles_of_unit_contract_customer_and_site_add_up_and_stay_apart(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -2, 30))
    await house.advance(26)
    path = "/v1/load-profiles"
    unit = await house.get(path, {"unit_id": house.units[0], "resolution": "15min", **DAYS})
    assert len(unit["items"]) == 2 * 96
    assert unit["items"][0] == {
        "from_at": "2025-03-03T06:00:00Z", "to_at": "2025-03-03T06:15:00Z", "energy_kwh": "0.725",
        "unit_hours": "0.25", "mean_kw": "2.9",
    }  # fmt: skip
    assert sum(Fraction(one["unit_hours"]) for one in unit["items"]) == 26
    for whose in (
        {"contract_id": house.contract_id}, {"customer_id": house.customer_id}, {"site_id": house.site_id},
        {"site_id": house.site_id, "method": "metered"},
    ):  # fmt: skip
        day = (await house.get(path, {"resolution": "day", **whose, **DAYS}))["items"][0]
        assert (day["energy_kwh"], day["unit_hours"]) == ("139.224", "48")
    both = {"customer_id": house.customer_id, "site_id": house.site_id, **DAYS}
    mine = await house.get(path, both, 422)
    assert mine["errors"][0]["field"] == "unit_id"
    async with house.client(customer_id=uuid4()) as client:
        asked = {"site_id": str(house.site_id), "method": "metered", "resolution": "day", **DAYS}
        other = (await client.get(path, params=asked)).json()["items"]
    assert {one["energy_kwh"] for one in other} == {"0"}
    await house.get(path, {"unit_id": house.units[0], "resolution": "15min", **DAYS, "from_on": "2025-01-01"}, 422)


async def test_a_site_shows_its_power_and_how_much_of_it_is_seen(house: House) -> None:
    await house.send([one | {"power_w": [2900, 2905]} for one in house.steady("PDU-A", 2, -2, 10)])
    await house.advance(9)
    found = await house.get(f"/v1/site-power/{house.site_id}", {"hours": 2})
    assert found == {
        "from_at": at(7).isoformat().replace("+00:00", "Z"), "to_at": at(9).isoformat().replace("+00:00", "Z"),
        "nameplate_kw": "6", "drawn_kw": "5.805", "billed_kw": "5.801", "metered_kw": "5.801",
        "variance_percent": "0.0000",
        "coverage": {
            "units": 2, "units_with_channel": 2, "metered_unit_hours": "4", "unit_hours": "4", "pdus": 1,
            "pdus_heard": 1,
        },
    }  # fmt: skip
    await house.get(f"/v1/site-power/{uuid4()}", expect=404)
    await house.get(f"/v1/site-power/{house.site_id}", {"hours": 0}, 422)


async def test_usage_streams_as_csv_with_exact_figures(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -2, 30))
    await house.advance(26)
    async with house.client() as client:
        answer = await client.get("/v1/usage.csv", params={"contract_id": str(house.contract_id), **DAYS})
        portal = await client.get("/v1/usage.csv", params={**DAYS, "to_on": "2025-03-01"})
    async with house.client(customer_id=uuid4()) as client:
        other = await client.get("/v1/usage.csv", params=DAYS)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.count("\r\n") == answer.text.count("\n") == 5
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {(row["unit"], row["day"], row["revision"], row["is_final"]) for row in rows} == {
        (unit, day, revision, final)
        for unit in ("M00", "M01")
        for day, revision, final in (("2025-03-03", "1", "true"), ("2025-03-04", "0", "false"))
    }
    assert {row["energy_kwh"] for row in rows} == {"69.6", "69.624", "5.8", "5.802"}
    assert portal.status_code == 422
    assert other.text.count("\r\n") == 1


async def test_a_pdus_device_is_kept_for_collectors_without_secrets(house: House) -> None:
    path = f"/v1/pdus/{house.pdus['PDU-A']}"
    device = {"driver": "snmp", "address": "10.0.0.5", "port": 161, "interval_s": 60, "credential": "pdus"}
    async with house.client() as client:
        before = await client.get(path)
        match = {"If-Match": before.headers["ETag"]}
        changed = await client.patch(path, json={"device": device | {"options": {"version": "3"}}}, headers=match)
        stale = await client.patch(path, json={"model": "X"}, headers=match)
        bare = await client.patch(path, json={"model": "X"})
        for bad, field in (
            ({"port": 0}, "device.port"), ({"interval_s": 5}, "device.interval_s"),
            ({"driver": "S N"}, "device.driver"), ({"address": "a b"}, "device.address"),
            ({"options": {"community": "public"}}, "device.options"),
            ({"password": "x"}, "device.password"),
        ):  # fmt: skip
            refused = await client.patch(path, json={"device": device | bad}, headers={"If-Match": '"2"'})
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["field"] == field
        listed = (await client.get("/v1/pdus", params={"site": "S-1"})).json()["items"]
        none = (await client.get("/v1/pdus", params={"site": "S-2"})).json()["items"]
        cleared = await client.patch(path, json={"device": None}, headers={"If-Match": '"2"'})
    assert (before.json()["device"], before.json()["version"]) == (None, 1)
    assert changed.json()["device"] == device | {"unit": None, "options": {"version": "3"}}
    assert (stale.status_code, bare.status_code) == (412, 428)
    assert (listed[0]["device"], none) == (changed.json()["device"], [])
    assert (cleared.json()["device"], cleared.json()["version"]) == (None, 3)


async def test_imported_hashprice_takes_good_rows_and_names_bad_ones_and_gaps(house: House) -> None:
    def row(first: int, last: int, price: str = "50.5") -> str:
        return f"{at(first).isoformat()},{at(last).isoformat()},{price}\r\n"

    text = "from_at,to_at,usd_per_ph_day\r\n" + row(0, 24) + row(23, 30) + row(30, 36) + row(40, 39) + row(50, 51, "x")
    path, kind = "/v1/hashprice/import?series=s", {"Content-Type": "text/csv"}
    async with house.client() as client:
        dry = (await client.post(path + "&dry_run=true", content=text, headers=kind)).json()
        first = (await client.post(path, content=text, headers=kind)).json()
        again = (await client.post(path, content=text, headers=kind)).json()
        bad = await client.post(path, content="a,b\r\n", headers=kind)
    assert (dry["added"], first["added"], again["added"], again["known"]) == (2, 2, 0, 2)
    assert [(one["index"], one["field"]) for one in first["refused"]] == [
        (1, "from_at"), (3, "to_at"), (4, "usd_per_ph_day"),
    ]  # fmt: skip
    assert bad.status_code == 422
    span = {"from_at": START.isoformat(), "to_at": at(40).isoformat()}
    gaps = (await house.get("/v1/hashprice/gaps", {"series": "s", **span}))["items"]
    assert [(one["from_at"], one["hours"]) for one in gaps] == [
        ("2025-03-04T06:00:00Z", "6"), ("2025-03-04T18:00:00Z", "4"),
    ]  # fmt: skip
    assert (await house.get("/v1/hashprice/gaps", {"series": "none"}))["items"] == []


class Prices:
    """A server on this machine that answers with what it is told."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = b"{}", 200, 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + self.body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def prices() -> AsyncIterator[tuple[Prices, str]]:
    one = Prices()
    server = await asyncio.start_server(one.answer, "127.0.0.1", 0)
    yield one, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/price"
    server.close()


async def test_hashprice_is_fetched_from_an_address_and_a_failure_leaves_a_gap(
    house: House, prices: tuple[Prices, str]
) -> None:
    server, url = prices

    def says(hours: int, price: Any) -> None:
        server.body = json.dumps({"data": [{"price": price, "at": at(hours).isoformat()}]}).encode()

    source = {"url": url, "price_pointer": "/data/-1/price", "instant_pointer": "/data/-1/at", "interval_minutes": 60}
    says(0, 50.125)
    async with house.client() as client:
        made = await client.put("/v1/hashprice-sources/default", json=source)
        assert made.status_code == 200, made.text
        await house.service.settled(house.organization_id)
        says(1, "51")
        await house.advance(1)
        says(2, "nonsense")
        await house.advance(2)
        server.status = 500
        await house.advance(3)
        server.status = 200
        says(4, 52)
        await house.advance(4)
        await house.advance(4.5)
        read = (await client.get("/v1/hashprice-sources/default")).json()
        rows = (await client.get("/v1/hashprice")).json()["items"]
        gone = await client.delete("/v1/hashprice-sources/default")
    assert [(one["from_at"], one["usd_per_ph_day"]) for one in rows] == [
        ("2025-03-03T06:00:00Z", "50.125"), ("2025-03-03T07:00:00Z", "51"), ("2025-03-03T10:00:00Z", "52"),
    ]  # fmt: skip
    assert [one["state"] for one in read["fetches"]] == ["fetched", "failed", "failed", "fetched", "fetched"]
    assert "500" in read["fetches"][1]["outcome"]
    gaps = (await house.get("/v1/hashprice/gaps", {"to_at": at(5).isoformat()}))["items"]
    assert [(one["from_at"], one["hours"]) for one in gaps] == [("2025-03-03T08:00:00Z", "2")]
    assert gone.status_code == 204
    told = await house.service.published("metering.hashprice", house.organization_id)
    assert [one.usd_per_ph_day for one in told if isinstance(one, HashpricePublished)] == ["50.125", "51", "52"]
    asked = server.asked
    await house.advance(6)
    assert server.asked == asked


async def test_a_source_that_cannot_be_is_refused_with_its_field(house: House) -> None:
    source = {"url": "https://prices.example/v1", "price_pointer": "/price", "is_active": False}
    path = "/v1/hashprice-sources/s"
    async with house.client() as client:
        for changes, field in (
            ({"url": "file:///etc/passwd"}, "url"), ({"url": "https://u:p@prices.example/"}, "url"),
            ({"price_pointer": "data"}, "price_pointer"), ({"instant_pointer": "at"}, "instant_pointer"),
            ({"unit": "btc"}, "unit"), ({"interval_minutes": 1}, "interval_minutes"), ({"key": "x"}, "key"),
        ):  # fmt: skip
            refused = await client.put(path, json=source | changes)
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["field"] == field
        made = await client.put(path, json=source)
        stale = await client.put(path, json=source, headers={"If-Match": '"7"'})
        listed = (await client.get("/v1/hashprice-sources")).json()["items"]
    assert (made.headers["ETag"], stale.status_code, [one["series"] for one in listed]) == ('"1"', 412, ["s"])
    await house.get("/v1/hashprice-sources/none", expect=404)
