"""What the contracts service refuses, by name and field; and what a caller of another organization can never see."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from support.contracting_host import ALL, ContractingHost
from support.one_service import OneService

NOBODY = "00000000-0000-0000-0000-000000000001"
TAKEN = {"contract_id": NOBODY, "unit_id": NOBODY}
UNIT = {"name": "X", "model": "S21", "site_id": NOBODY, "rated_w": "3500", "rated_ths": "200"}
SITE = {"name": "B", "code": "B-1", "timezone": "America/Chicago", "capacity_kw": "10"}


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/v1/sites", SITE | {"timezone": "Mars/Olympus"}, 422, "timezone"),
        ("/v1/sites", SITE | {"code": "no space"}, 422, "code"),
        ("/v1/sites", SITE | {"capacity_kw": "-1"}, 422, "capacity_kw"),
        ("/v1/sites", SITE | {"capacity_kw": 10}, 422, "capacity_kw"),
        ("/v1/sites", SITE | {"colour": "red"}, 422, "colour"),
        ("/v1/units", UNIT, 404, "site_id"),
        ("/v1/units", UNIT | {"rated_w": "0"}, 422, "rated_w"),
        ("/v1/units", UNIT | {"rated_ths": "many"}, 422, "rated_ths"),
        ("/v1/units", UNIT | {"mac": "zz"}, 422, "mac"),
        ("/v1/units/batch", {"units": []}, 422, "units"),
        ("/v1/assignments", TAKEN | {"from_at": "2025-03-01"}, 422, "from_at"),
        ("/v1/assignments", TAKEN | {"from_at": "2025-03-01T00:00:00"}, 422, "from_at"),
        ("/v1/assignments", TAKEN | {"from_at": "2025-03-01T00:00:00Z"}, 404, "contract_id"),
        (f"/v1/contracts/{NOBODY}/activate", {}, 404, "contract_id"),
        (f"/v1/contracts/{NOBODY}/end", {"end_on": "2025-03-31", "reason": "x"}, 404, "contract_id"),
        ("/v1/contracts/not-an-id/activate", {}, 422, "contract_id"),
    ],
)  # fmt: skip
async def test_a_wrong_body_is_refused_by_its_field(
    host: ContractingHost, path: str, body: dict[str, Any], status: int, field: str
) -> None:
    answer = await host.http.post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert field in [e["field"] for e in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"customer_id": NOBODY}, 404, "customer_id"),
        ({"rate_per_kwh": None}, 422, "rate_per_kwh"),
        ({"rate_per_kwh": 0.07}, 422, "rate_per_kwh"),
        ({"rate_per_kwh": "-0.07"}, 422, "rate_per_kwh"),
        ({"rate_per_kwh": "NaN"}, 422, "rate_per_kwh"),
        ({"currency": "XXX"}, 422, "currency"),
        ({"end_on": "2025-02-01"}, 422, None),
        ({"billing_methods": ["metered", "metered"]}, 422, "billing_methods"),
        ({"billing_methods": []}, 422, "billing_methods"),
        ({"type": "infinity", "billing_methods": None}, 422, "spec"),
        ({"type": "om"}, 422, "billing_methods"),
        ({"failover": {"mode": "fixed_rate"}}, 422, "failover.rate_per_kwh"),
        ({"term": "custom_days"}, 422, None),
        ({"wallet": "bc1"}, 422, "wallet"),
        ({"units": []}, 422, "units"),
        ({"start_on": "2025-02-30"}, 422, "start_on"),
    ],
)
async def test_terms_that_do_not_fit_together_are_refused(
    host: ContractingHost, changes: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await host.http.post("/v1/contracts", json=host.fields(**changes))
    assert answer.status_code == status, answer.text
    if field is not None:
        assert field in [e["field"] for e in answer.json()["errors"]]


async def test_activation_needs_units_and_each_an_outlet_where_the_meter_alone_counts(host: ContractingHost) -> None:
    bare = await host.draft()
    none = await host.http.post(f"/v1/contracts/{bare['id']}/activate", json={})
    assert (none.status_code, none.json()["code"]) == (422, "units_missing")
    unfed = await host.unit(fed=False)
    draft = await host.draft(unfed)
    refused = await host.http.post(f"/v1/contracts/{draft['id']}/activate", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "outlet_missing")
    by_hash = await host.put(
        f"/v1/contracts/{draft['id']}", host.fields(billing_methods=["metered", "hash"]), draft["version"]
    )
    assert (await host.post(f"/v1/contracts/{by_hash['id']}/activate", {}, status=200))["state"] == "active"


async def test_a_contract_is_activated_once(host: ContractingHost) -> None:
    active = await host.active(await host.unit())
    again = await host.http.post(f"/v1/contracts/{active['id']}/activate", json={})
    assert (again.status_code, again.json()["code"]) == (409, "not_a_draft")
    written = await host.http.put(
        f"/v1/contracts/{active['id']}", json=host.fields(), headers={"If-Match": f'"{active["version"]}"'}
    )
    assert (written.status_code, written.json()["code"]) == (409, "not_a_draft")


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("end", {"end_on": "2025-03-31", "reason": "x"}),
        ("amend", {"effective_at": "2025-03-16T00:00:00Z", "rate_per_kwh": "0.08"}),
        ("notice", {"given_on": "2025-03-05"}),
        ("extend", None),
    ],
)
async def test_a_draft_is_not_moved_like_an_active_contract(host: ContractingHost, move: str, body: Any) -> None:
    draft = await host.draft(type="lease" if move == "extend" else "hosted", term="3_months")
    refused = await host.http.post(f"/v1/contracts/{draft['id']}/{move}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_active")


async def test_two_drafts_never_hold_one_unit_and_an_assigned_one_is_not_reserved(host: ContractingHost) -> None:
    unit_id = await host.unit()
    first, second = await host.draft(unit_id), await host.draft()
    path = f"/v1/contracts/{second['id']}/units"
    version = {"If-Match": f'"{second["version"]}"'}
    reserved = await host.http.put(path, json={"unit_ids": [unit_id]}, headers=version)
    assert (reserved.status_code, reserved.json()["code"]) == (409, "unit_reserved")
    await host.post(f"/v1/contracts/{first['id']}/activate", {}, status=200)
    taken = await host.http.put(path, json={"unit_ids": [unit_id]}, headers=version)
    assert (taken.status_code, taken.json()["code"]) == (409, "unit_already_assigned")
    missing = await host.http.put(path, json={"unit_ids": [str(uuid4())]}, headers=version)
    assert missing.status_code == 404


async def test_a_begin_for_a_unit_that_is_not_reserved_is_refused(host: ContractingHost) -> None:
    made, stranger = await host.draft(await host.unit()), await host.unit()
    begins = {"assignments": [{"unit_id": stranger, "from_at": "2025-03-10T00:00:00Z"}]}
    refused = await host.http.post(f"/v1/contracts/{made['id']}/activate", json=begins)
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_not_reserved")


async def test_another_customers_machine_is_not_taken(host: ContractingHost) -> None:
    made, hosts_own = await host.draft(), await host.unit(customer_id=None)
    path, version = f"/v1/contracts/{made['id']}/units", {"If-Match": f'"{made["version"]}"'}
    refused = await host.http.put(path, json={"unit_ids": [hosts_own]}, headers=version)
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_belongs_to_another")


async def test_a_batch_names_what_it_refuses_and_adds_the_rest(host: ContractingHost) -> None:
    taken = await host.unit(fed=False)
    name = (await host.http.get(f"/v1/units/{taken}")).json()["name"]
    fields = UNIT | {"site_id": host.site_id, "customer_id": str(host.customer_id)}
    batch = [fields | {"name": "batch-1"}, fields | {"name": name}, fields | {"name": "batch-3", "rated_w": "0"}]
    answer = await host.post("/v1/units/batch", {"units": batch})
    assert [u["name"] for u in answer["added"]] == ["batch-1"]
    assert [(r["index"], r["field"]) for r in answer["refused"]] == [(1, "name"), (2, "rated_w")]


async def test_a_change_needs_the_version_it_was_made_from(host: ContractingHost) -> None:
    site = (await host.http.get(f"/v1/sites/{host.site_id}")).json()
    body = {k: site[k] for k in ("name", "code", "timezone", "capacity_kw")}
    path = f"/v1/sites/{host.site_id}"
    without = await host.http.put(path, json=body)
    assert (without.status_code, without.json()["code"]) == (428, "if_match_missing")
    await host.put(path, body | {"name": "Amarillo One"}, site["version"])
    stale = await host.http.put(path, json=body, headers={"If-Match": f'"{site["version"]}"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    draft = await host.draft(await host.unit())
    stale = await host.http.put(
        f"/v1/contracts/{draft['id']}/units", json={"unit_ids": []}, headers={"If-Match": f'"{draft["version"] - 1}"'}
    )
    assert stale.status_code == 412


async def test_a_key_belongs_to_one_request(host: ContractingHost) -> None:
    key, body = {"Idempotency-Key": str(uuid4())}, host.fields(reference="once")
    first = await host.http.post("/v1/contracts", json=body, headers=key)
    again = await host.http.post("/v1/contracts", json=body, headers=key)
    other = await host.http.post("/v1/contracts", json=host.fields(reference="twice"), headers=key)
    assert (first.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_malformed_json_and_a_made_up_cursor_are_refused(host: ContractingHost) -> None:
    broken = await host.http.post("/v1/sites", content=b'{"name": ', headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid_request")
    for cursor in ("bm90LWEtdXVpZA==", "%%%", "x" * 201):
        assert (await host.http.get("/v1/units", params={"after": cursor})).status_code == 422


async def test_pages_lead_through_all_machines_in_their_order(host: ContractingHost) -> None:
    fields = UNIT | {"site_id": host.site_id}
    await host.post("/v1/units/batch", {"units": [fields | {"name": f"page-{n}"} for n in range(5)]})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await host.http.get("/v1/units", params={"limit": 2} | ({"after": cursor} if cursor else {}))).json()
        seen, cursor = seen + [u["name"] for u in page["items"]], page["next"]
    assert [name for name in seen if name.startswith("page-")] == [f"page-{n}" for n in range(5)]
    assert len(seen) == len(set(seen))


DEARER = {"effective_at": "2025-04-01T00:00:00Z", "rate_per_kwh": "0.09"}


@pytest.mark.parametrize("missing", ALL)
async def test_each_permission_opens_its_own_routes_alone(host: ContractingHost, missing: str) -> None:
    in_force = (await host.active(await host.unit()))["id"] if missing == "rates.override" else NOBODY
    calls: dict[str, tuple[str, str, Any]] = {
        "sites.read": ("GET", "/v1/sites", None),
        "sites.write": ("POST", "/v1/sites", SITE),
        "units.read": ("GET", "/v1/units", None),
        "units.write": ("POST", "/v1/units", UNIT),
        "contracts.read": ("GET", "/v1/assignments", None),
        "contracts.write": ("POST", "/v1/contracts", {}),
        "contracts.activate": ("POST", f"/v1/contracts/{NOBODY}/activate", {}),
        "rates.override": ("POST", f"/v1/contracts/{in_force}/amend", DEARER),
    }
    method, path, body = calls[missing]
    async with host.service.client(host.id, set(ALL) - {missing}) as http:
        refused = await http.request(method, path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_without_a_token_or_with_an_unknown_organization_nothing_is_done(service: OneService) -> None:
    async with service.client(uuid4(), ALL) as http:
        assert (await http.post("/v1/sites", json=SITE)).status_code == 404
        http.event_hooks["request"] = []
        assert (await http.get("/v1/sites")).status_code == 401


async def test_another_organizations_things_look_like_none(host: ContractingHost, other: ContractingHost) -> None:
    unit_id = await other.unit()
    active = await other.active(unit_id)
    for path in (f"/v1/units/{unit_id}", f"/v1/sites/{other.site_id}", f"/v1/contracts/{active['id']}"):
        assert (await host.http.get(path)).status_code == 404
    assert (
        await host.http.post(f"/v1/contracts/{active['id']}/end", json={"end_on": "2025-04-01", "reason": "x"})
    ).status_code == 404
    made = await host.draft()
    taken = await host.http.put(
        f"/v1/contracts/{made['id']}/units", json={"unit_ids": [unit_id]}, headers={"If-Match": f'"{made["version"]}"'}
    )
    assert taken.status_code == 404
    foreign = await host.http.post("/v1/contracts", json=host.fields(customer_id=str(other.customer_id)))
    assert foreign.status_code == 404


async def test_a_portal_caller_sees_the_own_customer_alone(host: ContractingHost) -> None:
    unit_id = await host.unit()
    active = await host.active(unit_id)
    async with host.service.client(host.id, ALL, customer_id=host.customer_id) as mine:
        assert (await mine.get(f"/v1/contracts/{active['id']}")).status_code == 200
    async with host.service.client(host.id, ALL, customer_id=uuid4()) as foreign:
        assert (await foreign.get(f"/v1/contracts/{active['id']}")).status_code == 404
        assert (await foreign.get("/v1/units")).json()["items"] == []
        assert (await foreign.get("/v1/assignments")).json()["items"] == []


async def test_the_database_itself_shows_the_services_role_one_organization_only(
    host: ContractingHost, other: ContractingHost
) -> None:
    await other.active(await other.unit())
    connection = await asyncpg.connect(host.service.database_url)
    tables = ("sites", "units", "contracts", "assignments", "customers", "channels", "numbers", "outbox")
    try:
        for table in tables:
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
        for shown, hidden in ((host, other), (other, host)):
            await connection.execute("select set_config('app.organization_id', $1, false)", str(shown.id))
            for table in tables:
                owners = {r[0] for r in await connection.fetch(f"select distinct organization_id from {table}")}
                assert owners <= {shown.id}, (table, hidden.id)
            assert (
                await connection.execute("update sites set name = 'x' where organization_id = $1", hidden.id)
                == "UPDATE 0"
            )
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("insert into numbers (organization_id, last) values ($1, 9)", hidden.id)
    finally:
        await connection.close()
