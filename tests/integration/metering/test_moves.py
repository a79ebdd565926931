"""Channels' lives through the API: usage equals one derivation of all evidence, whenever it is told (CB-45, rule 3)."""

from typing import Any
from uuid import UUID, uuid4

from events.contracts import SiteOpened, UnitRegistered, UnitReleased
from metering.domain.instants import micros_of
from support.metering_house import ZONE, House, at, window


def followed(house: House, answer: dict[str, Any]) -> None:
    """Take the channels' new lives over into what the house remembers."""
    for row in answer["ended"]:
        for known in house.channels[UUID(row["unit_id"])]:
            if known["id"] == row["id"]:
                known["to_at"] = row["to_at"]
    for row in answer["opened"]:
        house.channels[UUID(row["unit_id"])].append(row | {"pdu": UUID(row["pdu_id"])})


async def bare_pdu(house: House, name: str, outlets: int) -> str:
    pdu = {"name": name, "site_id": str(house.site_id), "outlet_count": outlets, "tick_kwh": "0.001"}
    made: str = (await house.post("/v1/pdus", pdu | {"modulus_kwh": "4294967.296"}, 201))["id"]
    house.pdus[name] = UUID(made)
    return made


async def test_a_pdu_replaced_after_its_days_were_closed_derives_them_again(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -26, 49))
    await house.advance(49)
    new = await bare_pdu(house, "PDU-B", 3)
    order = {"new_pdu_id": new, "at": at(30).isoformat(), "positions": {"1": 3}}
    path = f"/v1/pdus/{house.pdus['PDU-A']}/replace"
    answer = await house.post(path, order, 200)
    assert [(row["position"], row["outlet"]) for row in answer["opened"]] == [(3, "P/0"), (2, "P/1")]
    again = await house.post(path, order, 200)
    assert again["ended"] == []
    assert sorted(row["id"] for row in again["opened"]) == sorted(row["id"] for row in answer["opened"])
    followed(house, answer)
    await house.send([house.poll("PDU-B", at(30.5 + n), [None, 2000 * n, 1900 * n]) for n in range(19)])
    assert await house.holds(2) == 4
    await house.post(path, order | {"at": at(31).isoformat()}, 422)
    await house.post(path, order | {"new_pdu_id": str(uuid4())}, 404)
    await house.post(path, order | {"at": at(29).isoformat(), "positions": {"1": 2}}, 422)


async def test_two_feeds_of_a_unit_one_moved_then_units_swapped_and_handed_over(house: House) -> None:
    first, second = house.units
    await house.plug("Q-2", [first, None, None])
    await house.send(house.steady("PDU-A", 2, -2, 49))
    await house.send([house.poll("Q-2", at(h / 2), [10_000 + 400 * h, None, None]) for h in range(-4, 99)])
    feed = next(row for row in house.channels[first] if row["pdu"] == house.pdus["Q-2"])
    place = {"pdu_id": str(house.pdus["Q-2"]), "position": 2, "outlet": "Q/9"}
    await house.advance(25)
    followed(house, await house.post(f"/v1/channels/{feed['id']}/move", place | {"at": at(20).isoformat()}, 200))
    await house.send([house.poll("Q-2", at(20.25 + h / 2), [None, 400 * h, None]) for h in range(50)])
    ids = [house.channels[unit][0]["id"] for unit in (first, second)]
    swap = {"at": at(26).isoformat(), "channel_ids": ids}
    followed(house, await house.post("/v1/channels/swap", swap, 200))
    assert (await house.post("/v1/channels/swap", swap, 200))["ended"] == []
    await house.advance(49)
    assert await house.holds(2) == 4
    hand = {"at": at(40).isoformat(), "unit_id": str(second)}
    last = house.channels[first][-1]
    followed(house, await house.post(f"/v1/channels/{last['id']}/hand-over", hand, 200))
    await house.service.settled(house.organization_id)
    assert await house.holds(2) == 4


async def test_what_overlaps_or_does_not_exist_moves_nothing(house: House) -> None:
    first, second = (house.channels[unit][0] for unit in house.units)
    taken = {"pdu_id": str(house.pdus["PDU-A"]), "position": 2, "outlet": "elsewhere", "at": at(5).isoformat()}
    refused = await house.post(f"/v1/channels/{first['id']}/move", taken, 422)
    assert refused["code"] == "channels_overlap"
    for changes, status in (
        ({"position": 3}, 404), ({"position": 0}, 422), ({"pdu_id": str(uuid4())}, 404), ({"at": "2025-03-03"}, 422),
        ({"x": 1}, 422), ({"position": 1, "outlet": "P/0"}, 422),
    ):  # fmt: skip
        answer = await house.post(f"/v1/channels/{first['id']}/move", taken | changes, status)
        assert answer["errors"][0]["field"]
    await house.post(f"/v1/channels/{uuid4()}/move", taken, 404)
    hand = {"at": at(5).isoformat(), "unit_id": str(uuid4())}
    await house.post(f"/v1/channels/{second['id']}/hand-over", hand, 404)
    found = await house.get("/v1/channels", {"pdu_id": house.pdus["PDU-A"]})
    assert [row["to_at"] for row in found["items"]] == [None, None]


async def test_a_register_read_by_a_person_when_a_unit_is_released_cuts_the_step_there(house: House) -> None:
    """As contracts tells it of a swap or a hand-over; the day is closed already and derived again."""
    unit, pdu_id = house.units[0], house.pdus["PDU-A"]
    await house.send([house.poll("PDU-A", at(h), [1_000_000 + (h + 26) * 2000] * 2) for h in range(-26, 50, 2)])
    await house.advance(49)
    register_wh = 1_000_000 + (31 + 26) * 2000 - 500
    given = next(one for one in house.assignments if one.unit_id == unit)
    released = {"assignment_id": given.assignment_id, "unit_id": unit, "contract_id": given.contract_id}
    told = UnitReleased(**released, to_at=at(31), split_by="reading", register_kwh=str(register_wh / 1000))
    for _ in range(2):
        await house.tell(told)
    house.windows[unit] = [window(house.contract_id, 0, 31, "metered", "hash", "calculated")]
    house.reads[pdu_id, 1].add((micros_of(at(31)), register_wh))
    assert await house.holds(2) == 4
    (last,) = [event for event in (await house.standing()).values() if event.unit_id == unit and event.to_at == at(31)]
    assert last.by_method["metered"].energy_kwh == "13.5"
    both = await house.get(f"/v1/pdus/{pdu_id}/polls", {"from_at": at(31).isoformat(), "to_at": at(31.1).isoformat()})
    assert [one["energy_wh"] for one in both["items"]] == [[register_wh, None]]


async def test_a_unit_that_goes_to_another_site_at_noon_counts_at_each_for_its_half_of_the_day(house: House) -> None:
    other, unit = uuid4(), house.units[0]
    await house.tell(SiteOpened(site_id=other, version=1, name="Two", code="S-2", timezone=ZONE))
    pdu = {"name": "Q-2", "site_id": str(other), "outlet_count": 1, "tick_kwh": "0.001", "modulus_kwh": "4294967.296"}
    house.pdus["Q-2"] = UUID((await house.post("/v1/pdus", pdu, 201))["id"])
    await house.send(house.steady("PDU-A", 2, -2, 26))
    await house.send([house.poll("Q-2", at(11 + h / 2), [10_000 + 1400 * h]) for h in range(40)])
    await house.advance(25)
    place = {"pdu_id": str(house.pdus["Q-2"]), "position": 1, "outlet": "Q/1"}
    path = f"/v1/channels/{house.channels[unit][0]['id']}/move"
    followed(house, await house.post(path, place | {"at": at(12).isoformat()}, 200))
    rated: dict[str, Any] = {"rated_w": "3000", "rated_ths": "100", "owner": "host"}
    await house.tell(UnitRegistered(unit_id=unit, version=2, name="M00", model="S21", site_id=other, **rated))
    assert await house.holds(1) == 2
    day = {"from_on": "2025-03-03", "to_on": "2025-03-03"}
    for site_id, units, energy in ((house.site_id, 2, "104.424"), (other, 1, "33.6")):
        used = (await house.get("/v1/usage", {"site_id": site_id, **day}))["items"]
        assert len(used) == units
        (load,) = (await house.get("/v1/load-profiles", {"site_id": site_id, "resolution": "day", **day}))["items"]
        assert (load["energy_kwh"], load["unit_hours"]) == (energy, str(24 * (units - 1) + 12))
