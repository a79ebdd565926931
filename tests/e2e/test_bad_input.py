"""What the gateway and the services refuse, with a reason that helps (issue 3, section 7)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest

from common.auth import HEADER
from common.clock import wall_now
from hostbook.demo.api import Api, ApiRefused
from hostbook.engines.stack import Stack
from support.polls import text
from support.stories import FIRST, OPENS
from support.world import World


@pytest.fixture(scope="module")
def house(open_world: Callable[..., World]) -> World:
    """A host with two customers; `alpha` has a running contract with a metered unit."""
    world = open_world(clock_at=OPENS)
    world.customer("alpha")
    world.customer("bravo")
    for name in ("rig", "spare", "unmetered"):
        world.unit(name, "alpha")
    world.pdu("P1", ["rig", "spare"])
    world.contract("C1", "alpha", ["rig"], FIRST)
    return world


@pytest.fixture(scope="module")
def neighbour(open_world: Callable[..., World]) -> World:
    """Another host with a customer."""
    world = open_world(clock_at=OPENS)
    world.customer("foreign")
    return world


@pytest.fixture
def anybody(whole_stack: Stack) -> Iterator[httpx.Client]:
    """Somebody outside, without credentials."""
    with httpx.Client(base_url=whole_stack.url("gateway"), timeout=30) as client:
        yield client


def refused(call: Callable[[], Any]) -> tuple[int, dict[str, Any]]:
    """Status and problem of a call that must not go through."""
    with pytest.raises(ApiRefused) as caught:
        call()
    problem = caught.value.problem
    assert problem["status"] == caught.value.status
    assert problem["detail"], problem
    return caught.value.status, problem


def code_of(call: Callable[[], Any]) -> tuple[int, str]:
    status, problem = refused(call)
    return status, problem["code"]


def _as_role(house: World, role: str) -> Api:
    key = house.api.post("/v1/api-keys", {"name": role, "role": role})["key"]
    return Api(house.api.url, key)


def _draft(house: World, name: str) -> dict[str, Any]:
    made: dict[str, Any] = house.api.post(
        "/v1/contracts",
        {
            "customer_id": house.ids["alpha"], "reference": name, "type": "hosted", "start_on": FIRST,
            "rate_per_kwh": "0.08", "billing_methods": ["metered"],
        },
    )  # fmt: skip
    return made


# ---- who calls


def test_nobody_gets_past_the_gateway_without_credentials(anybody: httpx.Client) -> None:
    for path in ("/v1/customers", "/v1/invoices", "/v1/me", "/v1/units", "/v1/payments", "/v1/quotes"):
        answer = anybody.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path


def test_a_forged_key_and_a_forged_internal_token_open_nothing(house: World, anybody: httpx.Client) -> None:
    key = house.api.key
    forged = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert anybody.get("/v1/customers", headers={"Authorization": f"Bearer {forged}"}).status_code == 401
    claims = {
        "aud": "hostbook-services", "exp": wall_now() + timedelta(minutes=1), "sub": "user:1",
        "org": house.id, "cus": None, "act": None, "ro": False, "prm": ["customers.read"],
    }  # fmt: skip
    token = jwt.encode(claims, os.urandom(32), algorithm="HS256")
    assert anybody.get("/v1/customers", headers={HEADER: token}).status_code == 401
    service = house.stack.url("customers")
    assert httpx.get(f"{service}/v1/customers", headers={HEADER: token}).status_code == 401


def test_internal_paths_are_not_reachable_from_outside(house: World, anybody: httpx.Client) -> None:
    mine = {"Authorization": f"Bearer {house.api.key}"}
    for path in ("/internal/settle", "/internal/forward-auth", "/metrics", "/v1/../internal/settle", "/health/ready"):
        assert anybody.get(path, headers=mine).status_code == 404, path


def test_an_organization_that_is_not_there_and_a_foreign_one_look_the_same(house: World, neighbour: World) -> None:
    with _as_role(house, "admin") as admin:
        admin.of_organization(str(uuid4()))
        absent = refused(lambda: admin.get("/v1/customers"))
        admin.of_organization(neighbour.id)
        foreign = refused(lambda: admin.get("/v1/customers"))
    assert absent[0] in (401, 403, 404)
    assert (absent[0], absent[1]["code"]) == (foreign[0], foreign[1]["code"])


def test_a_role_does_only_what_is_its(house: World) -> None:
    new = {"name": "X", "contact_email": "x@mail.example"}
    with _as_role(house, "auditor") as auditor, _as_role(house, "collector") as collector:
        assert len(auditor.get("/v1/customers")["items"]) == 2
        status, problem = refused(lambda: auditor.post("/v1/customers", new))
        assert (status, problem["code"]) == (403, "forbidden")
        assert "customers.write" in problem["detail"]
        assert code_of(lambda: collector.get("/v1/invoices")) == (403, "forbidden")


# ---- whose it is


def test_things_of_another_host_are_not_there(house: World, neighbour: World) -> None:
    foreign = neighbour.ids["foreign"]
    missing = (404, "not_found")
    assert code_of(lambda: house.api.get(f"/v1/customers/{foreign}")) == missing
    change = {"name": "Mine now"}
    assert code_of(lambda: house.api.change("PATCH", f"/v1/customers/{foreign}", 1, change)) == missing
    card = {"customer_id": foreign, "token": "pm_card_visa", "auto_pay": True}
    assert refused(lambda: house.api.post("/v1/payment-methods", card))[0] == 404
    order = {"customer_id": foreign, "type": "hosted", "start_on": FIRST, "rate_per_kwh": "0.08"}
    status = refused(lambda: house.api.post("/v1/contracts", order | {"billing_methods": ["metered"]}))[0]
    assert status in (404, 422)
    assert neighbour.api.get(f"/v1/customers/{foreign}")["name"] == "Foreign"


def test_a_customers_person_sees_the_own_customer_only(house: World, anybody: httpx.Client) -> None:
    email, password = f"{uuid4().hex[:8]}@mail.example", "correct horse battery staple 7"
    person = {"email": email, "name": "A. B.", "role": "customer_owner", "customer_id": house.ids["alpha"]}
    house.api.patiently(lambda: house.api.post("/v1/members", person | {"password": password}), 404, 422)
    signing = {"email": email, "password": password, "organization": house.organization["slug"], "audience": "portal"}
    signed = anybody.post("/v1/auth/login", json=signing, headers={"Idempotency-Key": str(uuid4())})
    assert signed.is_success, signed.text
    cookie = {"Cookie": signed.headers["set-cookie"].split(";")[0], "X-Hostbook-Portal": house.id}
    own = anybody.get(f"/v1/customers/{house.ids['alpha']}", headers=cookie)
    assert (own.status_code, own.json()["notes"]) == (200, None)
    assert anybody.get(f"/v1/customers/{house.ids['bravo']}", headers=cookie).status_code == 404
    assert [one["id"] for one in anybody.get("/v1/customers", headers=cookie).json()["items"]] == [house.ids["alpha"]]
    assert anybody.get("/v1/units", headers=cookie).status_code == 403
    # A page of somebody else's cannot use the cookie.
    cross = {**cookie, "Origin": "https://elsewhere.example", "Idempotency-Key": str(uuid4())}
    assert anybody.post("/v1/payment-methods", json={}, headers=cross).status_code == 403


async def test_row_level_security_holds_below_the_api(house: World, neighbour: World) -> None:
    connection = await asyncpg.connect(house.stack.database_url("customers", "app"))
    try:
        assert await connection.fetchval("select count(*) from customers") == 0
        await connection.execute("select set_config('app.organization_id', $1, false)", house.id)
        found = {str(row["customer_id"]) for row in await connection.fetch("select customer_id from customers")}
        assert found == {house.ids["alpha"], house.ids["bravo"]}
        assert neighbour.ids["foreign"] not in found
        await connection.execute("select set_config('app.customer_id', $1, false)", house.ids["alpha"])
        assert await connection.fetchval("select count(*) from customers") == 1
    finally:
        await connection.close()


# ---- what is said


def test_a_malformed_body_and_an_unknown_field_are_named(house: World, anybody: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {house.api.key}", "X-Hostbook-Organization": house.id}
    headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    answer = anybody.post("/v1/customers", content=b'{"name": ', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    unknown = {"name": "X", "contact_email": "x@mail.example", "colour": "red"}
    status, problem = refused(lambda: house.api.post("/v1/customers", unknown))
    assert (status, problem["errors"][0]["field"]) == (422, "colour")
    assert problem["errors"][0]["remedy"]
    for money in (1.5, "NaN", "1e3", "-1", ""):
        body: dict[str, Any] = {"customer_id": house.ids["alpha"], "amount": money, "currency": "USD", "method": "wire"}
        assert refused(lambda said=body: house.api.post("/v1/payments", said))[0] == 422, money  # type: ignore[misc]


def test_a_key_that_comes_again_with_another_body_is_refused(house: World) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = {"name": "Once", "contact_email": "once@mail.example"}
    first = house.api.call("POST", "/v1/customers", body, headers=key)
    assert house.api.call("POST", "/v1/customers", body, headers=key)["id"] == first["id"]
    other = body | {"name": "Twice"}
    assert code_of(lambda: house.api.call("POST", "/v1/customers", other, headers=key)) == (
        409, "idempotency_key_reused",
    )  # fmt: skip
    without = {"Idempotency-Key": ""}
    assert code_of(lambda: house.api.call("POST", "/v1/customers", body, headers=without)) == (
        400, "idempotency_key_missing",
    )  # fmt: skip
    assert [one["name"] for one in house.api.all("/v1/customers") if one["name"] == "Once"] == ["Once"]


def test_a_change_says_what_it_changes(house: World) -> None:
    path = f"/v1/customers/{house.ids['bravo']}"
    assert code_of(lambda: house.api.call("PATCH", path, {"phone": "1"}))[0] == 428
    assert code_of(lambda: house.api.change("PATCH", path, 99, {"phone": "1"})) == (412, "stale_version")


# ---- evidence


def test_each_poll_is_refused_or_taken_for_itself(house: World) -> None:
    ahead = text(wall_now() + timedelta(hours=1))
    good = {"pdu": "P1", "polled_at": "2025-03-29T05:00:00Z", "energy_wh": [1000, None]}
    bad = [
        good | {"polled_at": ahead},
        good | {"pdu": "P-unknown"},
        good | {"energy_wh": [1]},
        good | {"energy_wh": [-1, 2]},
    ]
    answer = house.api.post("/v1/readings", {"polls": [*bad, good]})
    assert answer["accepted"] == 1
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (0, "polled_at"), (1, "pdu"), (2, "energy_wh"), (3, "energy_wh[0]"),
    ]  # fmt: skip
    assert all(one["reason"] and one["remedy"] for one in answer["refused"])


# ---- contracts


def test_a_unit_is_on_one_contract_at_a_time(house: World) -> None:
    draft = _draft(house, "C2")
    path = f"/v1/contracts/{draft['id']}"
    taken = {"unit_ids": [house.ids["rig"]]}
    status, problem = refused(lambda: house.api.change("PUT", f"{path}/units", draft["version"], taken))
    assert (status, problem["code"]) in ((409, "unit_already_assigned"), (422, "unit_not_selectable"))


def test_activation_needs_units_and_their_outlets_and_happens_once(house: World) -> None:
    draft = _draft(house, "C3")
    path = f"/v1/contracts/{draft['id']}"
    assert code_of(lambda: house.api.post(f"{path}/activate", {})) == (422, "units_missing")
    kept = house.api.change("PUT", f"{path}/units", draft["version"], {"unit_ids": [house.ids["unmetered"]]})
    status, problem = refused(lambda: house.api.post(f"{path}/activate", {}))
    assert (status, problem["code"]) == (422, "outlet_missing")
    assert "unmetered" in str(problem)
    house.api.change("PUT", f"{path}/units", kept["version"], {"unit_ids": [house.ids["spare"]]})
    number = house.api.post(f"{path}/activate", {})["number"]
    assert number
    assert code_of(lambda: house.api.post(f"{path}/activate", {})) == (409, "not_a_draft")
    numbers = sorted(one["number"] for one in house.api.all("/v1/contracts", state="active"))
    assert len(numbers) == 2
    assert int(numbers[1].split("-")[-1]) == int(numbers[0].split("-")[-1]) + 1
