"""A customer may ask to be told earlier than the host's own rules say, of its own units alone (CM-29)."""

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
