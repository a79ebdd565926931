"""A customer is told of its own units by its own thresholds, stricter or laxer than the host's rules (CM-29)."""

from __future__ import annotations

from events.contracts import UnitReleased
from events.customers import AlertPreferencesChanged
from support.metering_house import House, at


async def test_stricter_thresholds_raise_earlier_and_only_for_the_customers_own_units(house: House) -> None:
    (given,) = [one for one in house.assignments if one.unit_id == house.units[1]]
    released = {"assignment_id": given.assignment_id, "unit_id": given.unit_id, "contract_id": given.contract_id}
    await house.tell(UnitReleased(**released, to_at=at(0)))
    await house.scan(0, 2, ths="94", celsius=78)
    assert (await house.get("/v1/alerts"))["items"] == []
    wishes = {"low_hashrate_percent": "95", "temperature_c": "75"}
    await house.tell(AlertPreferencesChanged(customer_id=house.customer_id, version=1, **wishes))
    await house.scan(2, 4, ths="94", celsius=78)
    found = (await house.get("/v1/alerts", portal=house.customer_id))["items"]
    assert sorted((one["kind"], one["unit_id"], one["threshold"], one["observed"]) for one in found) == [
        ("high_temperature", str(house.units[0]), "75", "78.000"),
        ("low_hashrate", str(house.units[0]), "95", "94.000"),
    ]
    await house.tell(AlertPreferencesChanged(customer_id=house.customer_id, version=2))
    await house.scan(4, 6, ths="94", celsius=78)
    assert (await house.get("/v1/alerts", {"state": "open"}))["items"] == []


async def told(house: House, **wanted: str) -> list[tuple[str, bool]]:
    found = (await house.get("/v1/alerts", {"state": "open", "unit_id": house.units[1], **wanted}))["items"]
    return sorted((one["kind"], one["by_own_threshold"]) for one in found)


async def test_laxer_thresholds_tell_the_customer_later_and_the_host_as_ever(house: House) -> None:
    wishes = {"offline_minutes": 120, "low_hashrate_percent": "50"}
    await house.tell(AlertPreferencesChanged(customer_id=house.customer_id, version=1, **wishes))
    await house.scan(0, 2, status="offline")
    assert await told(house) == [("unit_offline", False)]
    portal = await house.get("/v1/alerts", portal=house.customer_id)
    assert portal["items"] == []
    await house.scan(2, 2.5, status="offline")
    assert await told(house) == [("unit_offline", False), ("unit_offline", True)]
    mine = (await house.get("/v1/alerts", portal=house.customer_id))["items"]
    assert {(one["kind"], one["opened_at"], one["by_own_threshold"]) for one in mine} == {
        ("unit_offline", "2025-03-03T08:00:00Z", True)
    }
    await house.scan(2.5, 4, ths="85")
    assert await told(house) == [("low_hashrate", False)]
    await house.scan(4, 5, ths="40")
    assert await told(house) == [("low_hashrate", False), ("low_hashrate", True)]
    assert await told(house, by_own_threshold="false", customer_id=str(house.customer_id)) == []
    await house.tell(AlertPreferencesChanged(customer_id=house.customer_id, version=2, offline_minutes=120))
    await house.scan(5, 6, ths="85")
    assert await told(house) == [("low_hashrate", False)]
    await house.scan(6, 7)
    await house.scan(7, 8.5, units=1)
    assert await told(house) == [("unit_offline", False)]
    await house.scan(8.5, 9.5, units=1)
    assert await told(house) == [("unit_offline", False), ("unit_offline", True)]
    (given,) = [one for one in house.assignments if one.unit_id == house.units[1]]
    released = {"assignment_id": given.assignment_id, "unit_id": given.unit_id, "contract_id": given.contract_id}
    await house.tell(UnitReleased(**released, to_at=at(9.5)))
    await house.scan(9.5, 10, units=1)
    assert await told(house) == []
