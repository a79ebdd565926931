"""Outlets as PDUs name them: told by collectors when they change, shown beside their channels (issue 5, section 2)."""

from typing import Any
from uuid import UUID, uuid4

from support.metering_house import House, at


def told(*outlets: tuple[int, str, str], hours: float = 1) -> dict[str, Any]:
    words = [{"position": position, "name": name, "state": state} for position, name, state in outlets]
    return {"seen_at": at(hours).isoformat(), "outlets": words}


async def put(house: House, pdu_id: UUID, body: Any, *, site_id: UUID | None = None) -> Any:
    collector = house.service.client(house.organization_id, ("readings.write", "meters.read"), site_id=site_id)
    async with collector as client:
        return await client.put(f"/v1/pdus/{pdu_id}/outlets", json=body)


async def test_names_and_states_stand_beside_channels_and_a_name_of_another_unit_is_told(house: House) -> None:
    pdu_id = house.pdus["PDU-A"]
    before = (await house.get(f"/v1/pdus/{pdu_id}"))["outlets"]
    assert [(one["position"], one["name"], one["outlet"], one["unit"]) for one in before] == [
        (1, None, "P/0", "M00"), (2, None, "P/1", "M01"),
    ]  # fmt: skip
    first = await put(house, pdu_id, told((1, "Outlet 1", "on"), (2, "Rack 4 M00", "off")), site_id=house.site_id)
    assert first.status_code == 200
    one, two = first.json()["outlets"]
    assert (one["note"], one["unit_id"], one["state"]) == (None, str(house.units[0]), "on")
    assert two["note"] == (
        "The PDU calls this outlet 'Rack 4 M00'; here it is P/1, which feeds M01. Is the cable where it should be?"
    )
    await put(house, pdu_id, told((1, "Outlet 1", "off"), (2, "Rack 4 M01", "off"), hours=2))
    await put(house, pdu_id, told((1, "older", "on"), hours=1.5))
    shown = (await house.get(f"/v1/pdus/{pdu_id}"))["outlets"]
    assert [(row["name"], row["state"], row["note"]) for row in shown] == [
        ("Outlet 1", "off", None), ("Rack 4 M01", "off", None),
    ]  # fmt: skip
    await put(house, pdu_id, told((1, "Outlet 1", "off"), hours=3))
    row = (await house.get(f"/v1/pdus/{pdu_id}"))["outlets"][0]
    assert (row["since_at"], row["seen_at"]) == ("2025-03-03T08:00:00Z", "2025-03-03T09:00:00Z")


async def test_what_no_pdu_can_say_is_refused_whole_with_its_field(house: House) -> None:
    pdu_id = house.pdus["PDU-A"]
    good = (1, "Outlet 1", "on")
    for body, field in (
        (told(good, (3, "Outlet 3", "on")), "outlets.1.position"),
        (told(good, good), "outlets.1.position"),
        (told((0, "x", "on")), "outlets.0.position"),
        (told((1, "x", "broken")), "outlets.0.state"),
        (told((1, "x" * 201, "on")), "outlets.0.name"),
        (told(good, hours=24 * 365 * 50), "seen_at"),
        (told(good) | {"seen_at": "2025-03-03T09:00:00"}, "seen_at"),
        ({"outlets": []}, "seen_at"),
    ):
        answer = await put(house, pdu_id, body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["field"] == field
    assert (await put(house, pdu_id, told(good), site_id=uuid4())).status_code == 404
    assert (await put(house, uuid4(), told(good))).status_code == 404
    async with house.service.client(house.organization_id, ("meters.read",)) as reader:
        assert (await reader.put(f"/v1/pdus/{pdu_id}/outlets", json=told(good))).status_code == 403
    assert {row["name"] for row in (await house.get(f"/v1/pdus/{pdu_id}"))["outlets"]} == {None}
