"""Alerts as host and customer see them (CM-29): raised and cleared once, by evidence, by silence, by closings."""

from typing import Any
from uuid import UUID, uuid4

from events.contracts import UnitReleased
from events.customers import AlertPreferencesChanged
from events.metering import AlertCleared, AlertRaised, SiteFeedResumed, SiteFeedStopped
from support.metering_house import House, at


async def told(house: House) -> list[tuple[str, str]]:
    found = await house.service.published("metering.alert", house.organization_id)
    return [
        ("raised" if isinstance(one, AlertRaised) else "cleared", one.kind)
        for one in found
        if isinstance(one, AlertRaised | AlertCleared)
    ]


async def open_kinds(house: House, customer_id: UUID | None = None) -> list[str]:
    found = await house.get("/v1/alerts", {"state": "open"}, portal=customer_id)
    return sorted(one["kind"] for one in found["items"])


async def test_a_unit_goes_offline_slow_and_hot_and_is_well_again(house: House) -> None:
    await house.scan(0, 2, celsius=70)
    await house.scan(2, 4, status="offline", ths="0")
    assert await open_kinds(house) == ["unit_offline", "unit_offline"]
    await house.scan(4, 6, ths="85", celsius=91.25)
    assert await open_kinds(house) == ["high_temperature"] * 2 + ["low_hashrate"] * 2
    await house.scan(6, 8, ths="91.5", celsius=82)
    assert len(await open_kinds(house)) == 4
    await house.scan(8, 10, ths="99", celsius=60)
    assert await open_kinds(house) == []
    await house.scan(1, 1.5, status="offline")
    events = await told(house)
    kinds = ("unit_offline", "low_hashrate", "high_temperature")
    assert sorted(events) == sorted((turn, kind) for kind in kinds for turn in ("raised", "cleared") for _ in "ab")
    alerts = (await house.get("/v1/alerts", {"kind": "low_hashrate"}))["items"]
    assert {(one["opened_at"], one["closed_at"]) for one in alerts} == {
        ("2025-03-03T10:30:00Z", "2025-03-03T14:30:00Z")
    }
    assert {(one["observed"], one["threshold"], one["customer_id"]) for one in alerts} == {
        ("85.000", "90", str(house.customer_id))
    }


async def test_a_unit_missing_from_its_sites_scans_is_offline_until_it_is_seen_or_belongs_to_nobody(
    house: House,
) -> None:
    await house.scan(0, 2)
    await house.scan(2, 2.5, units=1)
    assert await open_kinds(house) == []
    await house.scan(2.5, 4, units=1)
    (alert,) = (await house.get("/v1/alerts", portal=house.customer_id))["items"]
    assert (alert["kind"], alert["unit_id"], alert["opened_at"]) == (
        "unit_offline", str(house.units[1]), "2025-03-03T09:30:00Z",
    )  # fmt: skip
    assert alert["detail"] == "The unit has been missing from its site's telemetry for 90 minutes."
    await house.scan(4, 4.5)
    assert await open_kinds(house) == ["unit_offline"]
    await house.scan(4.5, 5)
    assert await open_kinds(house) == []
    await house.scan(5, 6, units=1)
    assert await open_kinds(house) == ["unit_offline"]
    (given,) = [one for one in house.assignments if one.unit_id == house.units[1]]
    released = {"assignment_id": given.assignment_id, "unit_id": given.unit_id, "contract_id": given.contract_id}
    await house.tell(UnitReleased(**released, to_at=at(6)))
    await house.scan(6, 6.5, units=1)
    assert await open_kinds(house) == []
    assert await told(house) == [("raised", "unit_offline"), ("cleared", "unit_offline")] * 2


async def test_a_customers_own_patience_counts_for_a_unit_that_is_missing(house: House) -> None:
    async with house.client() as client:
        rules = {"alert_rules": {"unit_offline": {"after_minutes": 90}}}
        assert (await client.put("/v1/metering-settings", json=rules)).status_code == 200
    await house.scan(0, 1)
    await house.scan(1, 2, units=1)
    assert await open_kinds(house) == []
    await house.tell(AlertPreferencesChanged(customer_id=house.customer_id, version=1, offline_minutes=30))
    await house.scan(2, 2.5, units=1)
    assert await open_kinds(house) == ["unit_offline"]


async def test_a_site_whose_telemetry_stops_makes_one_alert_and_none_of_its_units_is_offline(house: House) -> None:
    await house.scan(0, 2)
    await house.advance(2.4)
    assert await open_kinds(house) == []
    await house.advance(4)
    (alert,) = (await house.get("/v1/alerts", {"state": "open", "kind": "telemetry_silent"}))["items"]
    assert (alert["site_id"], alert["unit_id"], alert["customer_id"]) == (str(house.site_id), None, None)
    assert alert["opened_at"] == "2025-03-03T08:30:00Z"
    assert "No telemetry of site Site has come for 30 minutes" in alert["detail"]
    await house.get(f"/v1/alerts/{alert['id']}", expect=404, portal=house.customer_id)
    await house.scan(2, 3)
    assert "telemetry_silent" in await open_kinds(house)
    await house.scan(3, 4)
    assert "telemetry_silent" not in await open_kinds(house)
    found = await house.service.published("metering.site_feed", house.organization_id)
    assert [type(one) for one in found] == [SiteFeedStopped, SiteFeedResumed]
    assert ("raised", "unit_offline") not in await told(house)


async def test_a_customer_sees_its_own_visible_alerts_alone(house: House) -> None:
    rules = {"high_temperature": {"is_visible": False}, "unit_offline": {"after_minutes": 0}}
    async with house.client() as client:
        assert (await client.put("/v1/metering-settings", json={"alert_rules": rules})).status_code == 200
    await house.scan(0, 2, status="offline", celsius=95)
    assert await open_kinds(house) == ["high_temperature"] * 2 + ["unit_offline"] * 2
    assert await open_kinds(house, house.customer_id) == ["unit_offline"] * 2
    assert await open_kinds(house, uuid4()) == []
    hidden = (await house.get("/v1/alerts", {"kind": "high_temperature"}))["items"][0]
    await house.get(f"/v1/alerts/{hidden['id']}", expect=404, portal=house.customer_id)
    assert (await house.get(f"/v1/alerts/{hidden['id']}"))["customer_id"] is None
    page = await house.get("/v1/alerts", {"limit": 3})
    rest = await house.get("/v1/alerts", {"after": page["next"]})
    assert len({one["id"] for one in page["items"] + rest["items"]}) == 4


async def test_a_pdu_that_says_nothing_is_told_once_and_cleared_when_it_speaks(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -2, 3))
    await house.advance(3.4)
    assert await open_kinds(house) == []
    await house.advance(6)
    (alert,) = (await house.get("/v1/alerts"))["items"]
    assert (alert["kind"], alert["pdu_id"], alert["customer_id"]) == ("pdu_silent", str(house.pdus["PDU-A"]), None)
    assert alert["opened_at"] == "2025-03-03T09:30:00Z"
    await house.send(house.steady("PDU-A", 2, 3.5, 4))
    assert await open_kinds(house) == ["pdu_silent"]
    await house.send(house.steady("PDU-A", 2, 4.5, 6))
    assert await open_kinds(house) == []
    assert await told(house) == [("raised", "pdu_silent"), ("cleared", "pdu_silent")]


async def test_quarters_over_the_cap_and_registers_are_told_when_the_day_is_closed(new_house: Any) -> None:
    house = await new_house()
    await house.register(2, power_cap_kw="4.5")
    await house.plug("PDU-A", list(house.units))
    polls = house.steady("PDU-A", 2, -2, 10)
    polls += [house.poll("PDU-A", at(10.5 + n / 2), [n * 500, 1_168_300 + n * 500]) for n in range(30)]
    await house.send(polls)
    await house.scan(0, 25)
    await house.advance(25)
    (cap,) = (await house.get("/v1/alerts", {"kind": "power_cap"}))["items"]
    assert (cap["opened_at"], cap["closed_at"]) == ("2025-03-03T06:15:00Z", "2025-03-03T16:15:00Z")
    assert cap["contract_id"] == str(house.contract_id)
    anomalies = (await house.get("/v1/alerts", {"kind": "register_anomaly"}))["items"]
    assert [(one["unit_id"], one["closed_at"], one["detail"]) for one in anomalies] == [
        (str(house.units[0]), None, "Outlet P/0: The register showed: reset.")
    ]


async def test_rules_and_retention_that_cannot_be_are_refused_with_their_field(house: House) -> None:
    async with house.client() as client:
        for body, field in (
            (
                {"alert_rules": {"low_hashrate": {"raise_at": "95", "clear_at": "94"}}},
                "alert_rules.low_hashrate.clear_at",
            ),
            ({"alert_rules": {"low_hashrate": {"raise_at": "1e2"}}}, "alert_rules.low_hashrate.raise_at"),
            ({"alert_rules": {"pdu_silent": {"after_minutes": 0}}}, "alert_rules.pdu_silent.after_minutes"),
            ({"alert_rules": {"telemetry_silent": {"after_minutes": 0}}}, "alert_rules.telemetry_silent.after_minutes"),
            ({"alert_rules": {"telemetry_silent": {"is_visible": True}}}, "alert_rules.telemetry_silent.is_visible"),
            ({"alert_rules": {"unit_offline": {"raise_at": "5"}}}, "alert_rules.unit_offline.raise_at"),
            ({"alert_rules": {"fire": {}}}, "alert_rules.fire.[key]"),
            ({"alert_rules": {"unit_offline": {"severity": "bad"}}}, "alert_rules.unit_offline.severity"),
            ({"keep_raw_months": 1}, "keep_raw_months"),
            ({"settle_minutes": 1441}, "settle_minutes"),
            ({"reset_estimate": "guess"}, "reset_estimate"),
        ):
            answer = await client.put("/v1/metering-settings", json=body)
            assert answer.status_code == 422, body
            assert answer.json()["errors"][0]["field"] == field
        kept = {"alert_rules": {"low_hashrate": {"raise_at": "80"}}, "keep_raw_months": 13}
        answer = (await client.put("/v1/metering-settings", json=kept)).json()
    assert answer["alert_rules"]["low_hashrate"]["clear_at"] == "80"
    assert answer["keep_raw_months"] == 13
