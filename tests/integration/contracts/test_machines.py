"""Machines and where they stand: places, moves, states, ratings, swaps, hand-overs (CB-16, CM-22, rules 2.6, 4.5)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from events.contracts import SiteOpened, UnitAssigned, UnitRegistered, UnitReleased
from support.contracting_host import ALL, ContractingHost


async def place(host: ContractingHost, kind: str, name: str, parent: str | None = None) -> Any:
    body = {"kind": kind, "name": name, "parent_id": parent}
    return await host.post(f"/v1/sites/{host.site_id}/places", body)


async def act(host: ContractingHost, unit_id: str, what: str, body: Any) -> Any:
    version = (await host.read(f"/v1/units/{unit_id}"))["version"]
    answer = await host.http.post(f"/v1/units/{unit_id}/{what}", json=body, headers={"If-Match": f'"{version}"'})
    return answer.json()


async def test_a_machine_stands_at_an_outlet_and_its_moves_are_kept(host: ContractingHost) -> None:
    hall = await place(host, "building", f"Hall {uuid4().hex[:4]}")
    rack = await place(host, "rack", "R07", hall["id"])
    outlet = await place(host, "outlet", "12", rack["id"])
    assert outlet["path"] == f"{hall['name']}/R07/12"
    unit_id, other = await host.unit(fed=False, state="received"), await host.unit(fed=False)
    moved = await act(host, unit_id, "move", {"site_id": host.site_id, "place_id": outlet["id"], "reason": "racked"})
    assert (moved["place_id"], moved["state"]) == (outlet["id"], "received")
    taken = await act(host, other, "move", {"site_id": host.site_id, "place_id": outlet["id"]})
    assert (taken["status"], taken["code"]) == (409, "outlet_taken")
    await act(host, unit_id, "state", {"state": "staged"})
    history = (await host.read(f"/v1/units/{unit_id}/history"))["items"]
    assert [h["kind"] for h in history] == ["registered", "moved", "state"]
    assert (history[1]["after"]["place_id"], history[1]["reason"]) == (outlet["id"], "racked")
    paths = [p["path"] for p in (await host.read(f"/v1/sites/{host.site_id}/places", kind="outlet"))["items"]]
    assert outlet["path"] in paths
    twice = await host.refused("POST", f"/v1/sites/{host.site_id}/places", {"kind": "building", "name": hall["name"]})
    assert twice["code"] == "place_taken"


async def test_a_machine_goes_only_where_its_power_fits(host: ContractingHost) -> None:
    small = {"name": "Shed", "code": f"S-{uuid4().hex[:6]}", "timezone": "America/Chicago", "capacity_kw": "5"}
    small |= {"city": "Amarillo", "region": "Texas", "country": "US", "energy_rate": "0.05"}
    shed = await host.post("/v1/sites", small)
    first, second = await host.unit(fed=False), await host.unit(fed=False)
    assert (await act(host, first, "move", {"site_id": shed["id"]}))["site_id"] == shed["id"]
    refused = await act(host, second, "move", {"site_id": shed["id"]})
    assert (refused["code"], refused["errors"][0]["field"]) == ("site_capacity_exceeded", "site_id")
    shown = await host.read(f"/v1/sites/{shed['id']}")
    assert (shown["connected_kw"], shown["country"], shown["energy_rate"]) == ("3.5", "US", "0.05")
    told = next(e for e in await host.told(SiteOpened) if str(e.site_id) == shed["id"])
    assert (told.city, told.region, told.country) == ("Amarillo", "Texas", "US")
    async with host.service.client(host.id, ALL, customer_id=host.customer_id) as portal:
        assert (await portal.get(f"/v1/sites/{shed['id']}")).json()["energy_rate"] is None


async def test_a_rating_has_a_source_and_a_past(host: ContractingHost) -> None:
    unit_id = await host.unit(fed=False, serial=f"SN{uuid4().hex[:8]}", mac="AA:BB:CC:00:00:01")
    unit = await host.read(f"/v1/units/{unit_id}")
    assert (unit["rating_source"], unit["mac"]) == ("nameplate", "aa:bb:cc:00:00:01")
    body = {k: unit[k] for k in ("name", "model", "site_id", "rated_ths", "customer_id", "serial", "mac")}
    body |= {"rated_w": "3420", "rating_source": "measured", "rated_on": "2025-03-01"}
    await host.put(f"/v1/units/{unit_id}", body, unit["version"])
    (rated,) = (await host.read(f"/v1/units/{unit_id}/history", kind="rating"))["items"]
    assert (rated["before"]["rated_w"], rated["after"]["rated_w"], rated["after"]["rating_source"]) == (
        "3500", "3420", "measured",
    )  # fmt: skip
    told = [e for e in await host.told(UnitRegistered) if str(e.unit_id) == unit_id]
    assert (told[-1].rated_w, told[-1].rated_from_at is not None) == ("3420", True)
    twin = {k: unit[k] for k in ("model", "site_id", "rated_w", "rated_ths", "customer_id")}
    known = [("serial", unit["serial"]), ("mac", "AA:bb:cc:00:00:01"), ("name", unit["name"])]
    for field, value in known:
        problem = await host.refused("POST", "/v1/units", twin | {"name": uuid4().hex} | {field: value})
        assert (problem["code"], problem["errors"][0]["field"]) == ("unit_name_taken", field)


async def test_a_machine_changes_its_owner_by_hand_once_its_release_is_arranged(host: ContractingHost) -> None:
    """CB-05, CB-16: the owner says on which contracts it may be."""
    unit_id = await host.unit()
    unit = await host.read(f"/v1/units/{unit_id}")
    body = {k: unit[k] for k in ("name", "model", "site_id", "rated_w", "rated_ths")}
    path, version = f"/v1/units/{unit_id}", unit["version"]
    nobody = await host.refused("PUT", path, body | {"customer_id": str(uuid4())}, version=version)
    assert (nobody["code"], nobody["errors"][0]["field"]) == ("not_found", "customer_id")
    await host.active(unit_id)
    held = await host.refused("PUT", path, body, version=(await host.read(path))["version"])
    assert (held["code"], held["errors"][0]["field"]) == ("unit_still_assigned", "customer_id")
    (assignment,) = (await host.read("/v1/assignments", unit_id=unit_id))["items"]
    await host.post(f"/v1/assignments/{assignment['id']}/release", {"to_at": "2025-03-20T00:00:00Z"}, status=200)
    etag = f'"{(await host.read(path))["version"]}"'
    assert (await host.http.put(path, json=body, headers={"If-Match": etag})).json()["customer_id"] is None


async def test_a_trial_of_a_batch_adds_nothing_and_finds_twins_within_it(host: ContractingHost) -> None:
    fields = {"model": "S19", "site_id": host.site_id, "rated_w": "3250", "rated_ths": "95"}
    names = [f"try-{n}" for n in (1, 2, 1)]
    body = {"units": [fields | {"name": name} for name in names], "dry_run": True}
    answer = await host.post("/v1/units/batch", body)
    assert [u["name"] for u in answer["added"]] == ["try-1", "try-2"]
    assert [(r["index"], r["field"]) for r in answer["refused"]] == [(2, "name")]
    assert (await host.read("/v1/units", name="try-1"))["items"] == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"owner": "host"}, {"own-1", "own-2"}),
        ({"model": "Filter A"}, {"own-1", "theirs"}),
        ({"model": "Filter A", "owner": "host"}, {"own-1"}),
        ({"state": "received"}, {"own-2"}),
        ({"state": "staged", "model": "Filter A"}, {"own-1", "theirs"}),
    ],
)
async def test_lists_are_narrowed(other: ContractingHost, filters: dict[str, str], found: set[str]) -> None:
    if not (await other.read("/v1/units", name="own-1"))["items"]:
        await other.unit(fed=False, name="own-1", model="Filter A", customer_id=None)
        await other.unit(fed=False, name="own-2", model="Filter B", customer_id=None, state="received")
        await other.unit(fed=False, name="theirs", model="Filter A")
    assert {u["name"] for u in (await other.read("/v1/units", **filters))["items"]} == found


async def test_a_failing_machine_is_swapped_at_an_instant_and_the_contract_goes_on(host: ContractingHost) -> None:
    old, new = await host.unit(), await host.unit(fed=False)
    active = await host.active(old)
    (held,) = (await host.read("/v1/assignments", unit_id=old))["items"]
    body = {"unit_id": new, "at": "2025-03-15T17:30:00Z", "reason": "RMA 4711", "register_kwh": "1234.5"}
    done = await host.post(f"/v1/assignments/{held['id']}/swap", body)
    assert (done["split_by"], done["register_kwh"]) == ("reading", "1234.5")
    assert (done["left"]["to_at"], done["made"]["from_at"]) == ("2025-03-15T17:30:00Z", "2025-03-15T17:30:00Z")
    assert (await host.read(f"/v1/units/{old}"))["state"] == "out_of_service"
    released = [e for e in await host.told(UnitReleased) if str(e.unit_id) == old]
    assigned = [e for e in await host.told(UnitAssigned) if str(e.unit_id) == new]
    assert [str(released[0].contract_id), str(assigned[0].contract_id)] == [active["id"]] * 2
    assert released[0].to_at == assigned[0].from_at
    itself = await host.refused(
        "POST", f"/v1/assignments/{done['made']['id']}/swap", body | {"at": "2025-03-20T00:00:00Z"}
    )
    assert itself["code"] == "swap_with_itself"


async def test_a_machine_is_handed_to_another_contract_with_its_new_owner(host: ContractingHost) -> None:
    unit_id = await host.unit()
    before = await host.active(unit_id, await host.unit())
    lease = await host.active(await host.unit(customer_id=None), type="lease", billing_methods=["hash"])
    (held,) = (await host.read("/v1/assignments", unit_id=unit_id))["items"]
    body = {"contract_id": lease["id"], "at": "2025-03-20T06:00:00Z", "reason": "sold to the host"}
    done = await host.post(f"/v1/assignments/{held['id']}/hand-over", body)
    assert (done["split_by"], done["left"]["contract_id"]) == ("metered", before["id"])
    assert (await host.read(f"/v1/units/{unit_id}"))["customer_id"] is None
    late = await host.refused("POST", f"/v1/assignments/{held['id']}/hand-over", body)
    assert late["errors"][0]["field"] == "at"


async def test_what_a_machine_was_is_never_written_again(host: ContractingHost) -> None:
    """Append-only for the service's own role too: the database refuses."""
    await host.active(await host.unit())
    connection = await asyncpg.connect(host.service.database_url)
    try:
        await connection.execute("select set_config('app.organization_id', $1, false)", str(host.id))
        for table in ("unit_history", "contract_versions", "hand_overs"):
            for statement in (f"update {table} set reason = 'x'", f"delete from {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
    finally:
        await connection.close()
