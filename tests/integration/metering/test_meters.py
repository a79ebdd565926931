"""PDUs, channels, hashprice and settings: what cannot be is refused with its field (rule 3; CB-45)."""

from datetime import timedelta
from uuid import uuid4

from events.metering import ChannelOpened, HashpricePublished
from support.metering_house import MODULUS, TICK, House, at


def pdu(house: House, **changes: object) -> dict[str, object]:
    fields = {"name": "P", "site_id": str(house.site_id), "outlet_count": 2, "tick_kwh": TICK, "modulus_kwh": MODULUS}
    return fields | changes


async def test_a_pdu_that_cannot_be_is_refused(house: House) -> None:
    for changes, status in (
        ({"name": "PDU-A"}, 409), ({"site_id": str(uuid4())}, 404), ({"outlet_count": 0}, 422),
        ({"tick_kwh": "0"}, 422),
        ({"tick_kwh": "1e400"}, 422), ({"modulus_kwh": "NaN"}, 422), ({"modulus_kwh": "-5"}, 422), ({"volts": 1}, 422),
    ):  # fmt: skip
        answer = await house.post("/v1/pdus", pdu(house, **changes), status)
        assert answer["errors"][0]["field"]


async def test_channels_of_one_outlet_or_position_may_touch_and_not_overlap(house: House) -> None:
    second = (await house.post("/v1/pdus", pdu(house), 201))["id"]
    channel = {"pdu_id": second, "position": 1, "outlet": "X", "unit_id": str(house.units[0])}
    first = channel | {"from_at": at(0).isoformat(), "to_at": at(10).isoformat()}
    await house.post("/v1/channels", {"channels": [first]}, 201)
    for changes in (
        {"from_at": at(9).isoformat()},
        {"position": 2, "from_at": at(9).isoformat()},
        {"outlet": "Y", "from_at": at(9).isoformat()},
        {},
    ):
        refused = await house.post("/v1/channels", {"channels": [channel | changes]}, 422)
        assert refused["code"] == "channels_overlap"
    await house.post("/v1/channels", {"channels": [channel | {"from_at": at(10).isoformat()}]}, 201)
    async with house.client() as client:
        found = (await client.get("/v1/channels", params={"pdu_id": second})).json()["items"]
        named = (await client.get("/v1/pdus", params={"site_id": str(house.site_id)})).json()["items"]
        alone = (await client.get(f"/v1/pdus/{second}")).json()
    assert [one["name"] for one in named] == ["PDU-A", "P"]
    assert alone == named[1] | {"outlets": alone["outlets"]}
    assert [row["from_at"] for row in found] == ["2025-03-03T06:00:00Z", "2025-03-03T16:00:00Z"]
    events = await house.service.published("metering.channel", house.organization_id)
    assert [event.outlet for event in events if isinstance(event, ChannelOpened)][-2:] == ["X", "X"]


async def test_one_bad_channel_opens_none_of_its_call(house: House) -> None:
    second = (await house.post("/v1/pdus", pdu(house), 201))["id"]
    good = {"pdu_id": second, "position": 1, "outlet": "X", "unit_id": str(house.units[0])}
    for changes, status in (
        ({"position": 3}, 404), ({"pdu_id": str(uuid4())}, 404), ({"unit_id": str(uuid4())}, 404),
        ({"from_at": at(2).isoformat(), "to_at": at(1).isoformat()}, 422), ({"from_at": "2025-03-03T00:00:00"}, 422),
        ({"from_at": "9999-12-31T23:59:59-12:00"}, 422),
    ):  # fmt: skip
        bad = good | {"position": 2, "outlet": "Y"} | changes
        await house.post("/v1/channels", {"channels": [good, bad]}, status)
    async with house.client() as client:
        assert (await client.get("/v1/channels", params={"pdu_id": second})).json()["items"] == []
    await house.post(f"/v1/channels/{uuid4()}/close", {"to_at": at(1).isoformat()}, 404)


async def test_overlapping_hashprice_is_refused_also_with_what_is_there(house: House) -> None:
    def row(first: int, last: int, price: str = "50") -> dict[str, str]:
        return {"from_at": at(first).isoformat(), "to_at": at(last).isoformat(), "usd_per_ph_day": price}

    await house.post("/v1/hashprice", {"series": "s", "rows": [row(0, 24), row(24, 48)]}, 201)
    await house.post("/v1/hashprice", {"series": "other", "rows": [row(0, 24)]}, 201)
    for rows in ([row(47, 50)], [row(50, 60), row(59, 70)], [row(60, 60)], [row(70, 60)], [row(80, 90, "-1")]):
        await house.post("/v1/hashprice", {"series": "s", "rows": rows}, 422)
    async with house.client() as client:
        page = (await client.get("/v1/hashprice", params={"series": "s", "limit": 1})).json()
        rest = (await client.get("/v1/hashprice", params={"series": "s", "after": page["next"]})).json()
    assert [one["from_at"] for one in page["items"] + rest["items"]] == ["2025-03-03T06:00:00Z", "2025-03-04T06:00:00Z"]
    await house.service.settled(house.organization_id)
    told = await house.service.published("metering.hashprice", house.organization_id)
    assert len([one for one in told if isinstance(one, HashpricePublished)]) == 3


async def test_settings_have_a_version_and_move_the_closing_of_days(house: House) -> None:
    async with house.client() as client:
        before = await client.get("/v1/metering-settings")
        assert before.json()["settle_minutes"] == 15
        body = {"reset_estimate": "mean", "settle_minutes": 60, "hashprice_series": "default"}
        first = await client.put("/v1/metering-settings", json=body, headers={"If-Match": before.headers["ETag"]})
        stale = await client.put("/v1/metering-settings", json=body, headers={"If-Match": before.headers["ETag"]})
        bad = await client.put("/v1/metering-settings", json=body | {"settle_minutes": -1})
    assert (first.json()["version"], stale.status_code, bad.status_code) == (1, 412, 422)
    await house.advance(24.25)
    await house.advance(48.75)
    assert [one.day.day for one in await house.closings()] == [3]
    await house.advance(49)
    assert [one.day.day for one in await house.closings()] == [3, 4]


async def test_a_portal_caller_sees_the_usage_of_its_own_contracts_alone(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -2, 26))
    await house.advance(26)
    days = {"from_on": "2025-03-03", "to_on": "2025-03-04", "contract_id": str(house.contract_id)}
    async with house.client(customer_id=house.customer_id) as client:
        assert len((await client.get("/v1/usage", params=days)).json()["items"]) == 4
    async with house.client(customer_id=uuid4()) as client:
        assert (await client.get("/v1/usage", params=days)).json()["items"] == []
    async with house.client() as client:
        page = (await client.get("/v1/usage", params=days | {"limit": 1})).json()
        rest = (await client.get("/v1/usage", params=days | {"after": page["next"]})).json()
        wrong = await client.get("/v1/usage", params=days | {"to_on": "2025-03-01"})
        lost = await client.get("/v1/usage", params=days | {"after": "eA=="})
        last = (await client.get("/v1/usage", params=days | {"limit": 1, "sort": "-day"})).json()
        first = (await client.get("/v1/usage", params=days | {"after": last["next"], "sort": "-day"})).json()
        metered = days | {"method": "metered", "quality": "measured", "customer_id": str(house.customer_id)}
        narrowed = (await client.get("/v1/usage", params=metered)).json()["items"]
        estimated = (await client.get("/v1/usage", params=days | {"quality": "estimated"})).json()["items"]
        here = (await client.get("/v1/usage", params=days | {"site_id": str(house.site_id)})).json()["items"]
        elsewhere = (await client.get("/v1/usage", params=days | {"site_id": str(uuid4())})).json()["items"]
    assert len(page["items"]) == 1
    assert len(rest["items"]) == 3
    assert (wrong.status_code, lost.status_code) == (422, 422)
    assert last["items"] + first["items"] == (page["items"] + rest["items"])[::-1]
    assert narrowed == here == page["items"] + rest["items"]
    assert (estimated, elsewhere) == ([], [])
    assert timedelta(hours=24) == timedelta(hours=int(page["items"][0]["methods"][0]["hours"]))
