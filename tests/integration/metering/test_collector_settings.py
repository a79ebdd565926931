"""What a site's collector is to do stands at Hostbook, whole or not at all (CB-32; issue 5, section 2)."""

from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from common.db import Database
from hostbook.collect.adopting import adopted
from hostbook.collect.config import config_of
from hostbook.collect.registered import Registered
from hostbook.collect.registry import driver_of
from support.metering_house import House

ENERGY = {"register": 3204, "type": "int64", "unit": "kWh", "scale": "1/100"}
GOOD: dict[str, Any] = {
    "schedule": {"pdus_s": 300, "miners_s": 120},
    "limits": {"at_once": 32},
    "miners": [
        {"name": "M00", "address": "10.20.3.17", "interval_s": 600},
        {"name": "M01", "driver": "whatsminer", "address": "10.20.3.18", "credential": "miners"},
    ],
    "maps": {"row-meter": {"model": "Row meter", "channels": [{"key": "row-7", "energy": ENERGY}]}},
}
FLOAT = ENERGY | {"type": "float32"}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """`GOOD` with another value at a place."""
    body = deepcopy(GOOD)
    place: Any = body
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return body


def energy(**fields: Any) -> dict[str, Any]:
    return changed("maps", "row-meter", "channels", 0, "energy", to=ENERGY | fields)


async def test_settings_are_set_as_a_whole_by_version_and_read_by_the_collector_of_the_site(house: House) -> None:
    path = f"/v1/collector-settings/{house.site_id}"
    async with house.client() as client:
        before = await client.get(path)
        bare = await client.put(path, json=GOOD)
        first = await client.put(path, json=GOOD, headers={"If-Match": before.headers["ETag"]})
        stale = await client.put(path, json=GOOD, headers={"If-Match": before.headers["ETag"]})
        second = await client.put(path, json=GOOD | {"miners": []}, headers={"If-Match": first.headers["ETag"]})
        named = await client.get("/v1/collector", params={"site": "S-1"})
        nameless, unknown = await client.get("/v1/collector"), await client.get("/v1/collector?site=S-9")
    assert (before.json()["version"], before.json()["schedule"]["pdus_s"], before.json()["miners"]) == (0, 60, [])
    assert (bare.status_code, stale.status_code) == (428, 412)
    said = first.json()
    assert (said["version"], said["site"], said["limits"]["pause_s"]) == (1, "S-1", 60)
    assert [one["interval_s"] for one in said["miners"]] == [600, None]
    assert said["maps"]["row-meter"]["channels"][0]["energy"] == {
        **ENERGY, "rolls_over_at": None, "tick": None, "words": None, "function": None, "unknown": [],
    }  # fmt: skip
    assert (named.json(), named.headers["ETag"]) == (second.json(), '"2"')
    assert (nameless.status_code, nameless.json()["errors"][0]["field"], unknown.status_code) == (422, "site", 404)
    collector = house.service.client(house.organization_id, ("readings.write", "meters.read"), site_id=house.site_id)
    async with collector as client:
        own = await client.get("/v1/collector")
        another = await client.get("/v1/collector?site=S-2")
        refused = await client.put(path, json=GOOD, headers={"If-Match": '"2"'})
    assert (own.json(), another.status_code, refused.status_code) == (second.json(), 403, 403)
    async with house.service.client(house.organization_id, ("meters.read",), site_id=uuid4()) as client:
        assert (await client.get(path)).status_code == (await client.get("/v1/collector")).status_code == 404


async def test_a_collector_works_with_exactly_what_is_answered(house: House) -> None:
    device = {"driver": "modbus", "address": "10.20.9.3", "options": {"map": "row-meter", "unit_id": 7}}
    async with house.client() as client:
        path = f"/v1/pdus/{house.pdus['PDU-A']}"
        assert (await client.patch(path, json={"device": device}, headers={"If-Match": '"1"'})).is_success
        path = f"/v1/collector-settings/{house.site_id}"
        assert (await client.put(path, json=GOOD, headers={"If-Match": '"0"'})).is_success
        settings = (await client.get("/v1/collector?site=S-1")).json()
        pdus = (await client.get("/v1/pdus?site=S-1")).json()["items"]
    file = config_of({"gateway": {"url": "https://hosting.example"}, "devices_from": "api"}, Path())
    adoption = adopted(file, Registered({pdu["name"]: pdu for pdu in pdus}, settings=settings))
    config = adoption.config
    assert (adoption.faults, config.site, config.schedule.pdus_s, config.limits.at_once) == ((), "S-1", 300, 32)
    assert [(one.name, one.driver, one.interval_s) for one in config.devices] == [
        ("M00", "cgminer", 600), ("M01", "whatsminer", None), ("PDU-A", "modbus", None),
    ]  # fmt: skip
    for one in config.devices:
        await driver_of(one.device({"miners.user": "x"})).close()


async def test_one_host_never_sees_the_settings_of_another(house: House, new_house: Any) -> None:
    path = f"/v1/collector-settings/{house.site_id}"
    async with house.client() as client:
        await client.put(path, json=GOOD, headers={"If-Match": '"0"'})
    stranger = await new_house()
    async with stranger.client() as client:
        assert (await client.get(path)).status_code == 404
    database = Database(house.service.database_url)
    for owner, count in ((stranger.organization_id, 0), (house.organization_id, 1)):
        async with database.of(owner) as tx:
            assert (await tx.execute(text("select count(*) from collector_settings"))).scalar() == count
    await database.close()
    await house.service.settled(house.organization_id)
    told = map(str, await house.service.published("audit.change", house.organization_id))
    (audited,) = [one for one in told if "collector_settings" in one]
    assert ("pdus_s" in audited, "10.20.3.17" in audited) == (True, False)


@pytest.mark.parametrize(
    ("body", "field", "word"),
    [
        (changed("schedule", to={"pdus_s": 5}), "schedule.pdus_s", "10"),
        (changed("limits", to={"pause_s": 600}), "limits", "pause_s (600)"),
        (changed("miners", 0, "address", to="10.20.3.17/24"), "miners.0.address", "pattern"),
        (changed("miners", 1, "driver", to="telepathy"), "miners.1.driver", "'cgminer' or 'whatsminer'"),
        (changed("miners", 1, "interval_s", to=7200), "miners.1.interval_s", "3600"),
        (changed("miners", 1, "name", to="M00"), "miners.1.name", "twice"),
        (changed("miners", 1, "name", to="PDU-A"), "miners.1.name", "a PDU"),
        (changed("miners", 1, "options", to={"api_token": "x"}), "miners.1.options", "keep it at the collector"),
        (changed("miners", 1, "options", to={"fast": True}), "miners.1", "no option 'fast'"),
        (changed("miners", 1, "password", to="x"), "miners.1.password", ""),
        (energy(register=70_000), "maps.row-meter.channels.0.energy.register", "65535"),
        (energy(register=65_534), "maps.row-meter", "reaches registers 65534 to 65537"),
        (energy(scale=0.1), "maps.row-meter.channels.0.energy.scale", "string"),
        (energy(scale="0"), "maps.row-meter.channels.0.energy.scale", "not more than 0"),
        (energy(type="float32"), "maps.row-meter.channels.0.energy", "rolls_over_at and tick"),
        (changed("maps", to={"../row": GOOD["maps"]["row-meter"]}), "maps.../row.[key]", "pattern"),
    ],
)
async def test_what_no_collector_could_work_with_is_refused_with_its_field(
    house: House, body: Any, field: str, word: str
) -> None:
    path = f"/v1/collector-settings/{house.site_id}"
    async with house.client() as client:
        device = {"device": {"driver": "snmp", "address": "10.0.0.5"}}
        pdu = f"/v1/pdus/{house.pdus['PDU-A']}"
        assert (await client.patch(pdu, json=device, headers={"If-Match": '"1"'})).status_code == 200
        answer = await client.put(path, json=body, headers={"If-Match": '"0"'})
        assert (await client.get(path)).json()["version"] == 0
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["field"], word in answer.json()["errors"][0]["message"]) == (field, True), (
        answer.text
    )
