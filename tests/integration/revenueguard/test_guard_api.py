"""Default by hand, the policy, machines without a contract; refusals, and what others never see."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from events.contracts import UnitAssigned, UnitRegistered, UnitReleased
from events.metering import UnitStateChanged
from events.revenueguard import UncontractedUnitFound
from integration.revenueguard.conftest import AT, Debtor, new_debtor
from support.processes import Program

STEPS = [
    {"name": "nudge", "action": "remind", "days_after_due": 2},
    {"name": "stop", "action": "default", "days_after_due": 3},
]


async def test_a_default_by_hand_has_a_reason_and_is_cleared_by_hand(debtor: Debtor) -> None:
    declared = await debtor.http.post(f"{debtor.path}/default", json={"reason": "Cheque returned twice."})
    assert (declared.status_code, declared.json()["in_default"]) == (200, True)
    again = await debtor.http.post(f"{debtor.path}/default", json={"reason": "Again."})
    assert again.json()["reason"] == "Cheque returned twice."
    cleared = await debtor.http.post(f"{debtor.path}/clear", json={"reason": "Agreed."})
    assert cleared.json()["in_default"] is False
    await debtor.service.settled(debtor.id)
    assert await debtor.told() == ["CustomerDefaulted", "DefaultCleared"]


async def test_clearing_in_spite_of_debt_has_to_be_said_and_repeats_no_reminder(debtor: Debtor) -> None:
    await debtor.owes()
    await debtor.wait(days=16)
    refused = await debtor.http.post(f"{debtor.path}/clear", json={"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_owed")
    forced = await debtor.http.post(f"{debtor.path}/clear", json={"reason": "Agreed.", "force": True})
    assert (forced.status_code, forced.json()["in_default"], len(forced.json()["overdue"])) == (200, False, 1)
    await debtor.owes("5.00")
    await debtor.wait(days=10)
    told = await debtor.told()
    assert told.count("ReminderSent first_reminder") == 1
    assert told[-1] == "DefaultCleared"


async def test_the_policy_is_read_changed_and_followed(debtor: Debtor) -> None:
    first = await debtor.http.get("/v1/dunning-policy")
    assert (len(first.json()["steps"]), first.headers["etag"]) == (4, '"0"')
    changed = await debtor.http.put("/v1/dunning-policy", json={"steps": STEPS}, headers={"If-Match": '"0"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 1)
    await debtor.owes()
    await debtor.wait(days=4)
    assert await debtor.told() == ["ReminderSent nudge", "CustomerDefaulted"]


@pytest.mark.parametrize("version", ['"1"', '"7"'])
async def test_a_policy_is_changed_from_its_newest_version_alone(debtor: Debtor, version: str) -> None:
    stale = await debtor.http.put("/v1/dunning-policy", json={"steps": STEPS}, headers={"If-Match": version})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert (await debtor.http.put("/v1/dunning-policy", json={"steps": STEPS})).status_code == 428


@pytest.mark.parametrize(
    "steps",
    [
        [],
        STEPS[::-1],
        [STEPS[0], STEPS[0]],
        [STEPS[0] | {"days_after_due": 0}],
        [STEPS[0] | {"action": "shout"}],
        [STEPS[0] | {"name": "No Name"}],
        [STEPS[0] | {"colour": "red"}],
    ],
)
async def test_a_policy_that_cannot_be_carried_out_is_refused(debtor: Debtor, steps: list[Any]) -> None:
    refused = await debtor.http.put("/v1/dunning-policy", json={"steps": steps}, headers={"If-Match": '"0"'})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("steps")


async def test_a_machine_that_earns_without_a_contract_is_found_and_forgotten(debtor: Debtor) -> None:
    unit_id = uuid4()
    hashing = UnitStateChanged(unit_id=unit_id, state="hashing", since_at=AT, hashrate_ths="200")
    await debtor.hear(hashing)
    assert [(u["unit_id"], u["site_id"]) for u in await _uncontracted(debtor)] == [(str(unit_id), None)]
    here, there = uuid4(), uuid4()
    for version, site_id in ((1, there), (2, here), (1, there)):
        rated: dict[str, Any] = {"rated_w": "3500", "rated_ths": "200", "owner": "host"}
        await debtor.hear(
            UnitRegistered(unit_id=unit_id, version=version, name="M1", model="S21", site_id=site_id, **rated)
        )
    assert [u["site_id"] for u in await _uncontracted(debtor, site_id=str(here))] == [str(here)]
    assert await _uncontracted(debtor, site_id=str(there)) == []
    (found,) = await debtor.service.published("revenueguard.unit", debtor.id)
    assert isinstance(found, UncontractedUnitFound)
    assigned = UnitAssigned(
        assignment_id=uuid4(), unit_id=unit_id, contract_id=uuid4(), customer_id=debtor.customer_id, from_at=AT
    )
    await debtor.hear(assigned)
    assert await _uncontracted(debtor) == []
    released = UnitReleased(
        assignment_id=assigned.assignment_id, unit_id=unit_id, contract_id=assigned.contract_id,
        to_at=AT + timedelta(days=3),
    )  # fmt: skip
    await debtor.hear(released)
    assert await _uncontracted(debtor) == []
    await debtor.wait(days=4)
    assert [u["unit_id"] for u in await _uncontracted(debtor)] == [str(unit_id)]
    await debtor.hear(hashing.model_copy(update={"state": "offline", "since_at": debtor.clock_at}))
    assert await _uncontracted(debtor) == []


async def _uncontracted(debtor: Debtor, **wanted: str) -> list[Any]:
    found: list[Any] = (await debtor.http.get("/v1/uncontracted-units", params=wanted)).json()["items"]
    return found


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("default", {}, "reason"),
        ("default", {"reason": ""}, "reason"),
        ("default", {"reason": "x", "colour": "red"}, "colour"),
        ("clear", {"reason": "x", "force": "perhaps"}, "force"),
    ],
)
async def test_a_wrong_body_is_refused_by_its_field(debtor: Debtor, path: str, body: Any, field: str) -> None:
    refused = await debtor.http.post(f"{debtor.path}/{path}", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_an_unknown_customer_and_another_organizations_are_none(
    debtor: Debtor, post: tuple[Path, Program]
) -> None:
    foreign = await new_debtor(debtor.service, post[0])
    for customer_id in (uuid4(), foreign.customer_id):
        path = f"/v1/delinquency/{customer_id}"
        assert (await debtor.http.get(path)).status_code == 404
        assert (await debtor.http.post(f"{path}/default", json={"reason": "x"})).status_code == 404
        assert (await debtor.http.post(f"{path}/clear", json={"reason": "x"})).status_code == 404
    await foreign.http.aclose()


async def test_each_permission_is_needed_and_a_token(debtor: Debtor) -> None:
    async with debtor.service.client(debtor.id, {"guard.read"}) as reader:
        assert (await reader.post(f"{debtor.path}/default", json={"reason": "x"})).status_code == 403
        assert (await reader.put("/v1/dunning-policy", json={"steps": STEPS})).status_code == 403
    async with debtor.service.client(debtor.id, {"guard.write"}) as writer:
        for path in (debtor.path, "/v1/delinquency", "/v1/dunning-policy", "/v1/uncontracted-units"):
            assert (await writer.get(path)).status_code == 403
        writer.event_hooks["request"] = []
        assert (await writer.get(debtor.path)).status_code == 401


async def test_a_key_belongs_to_one_request(debtor: Debtor) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await debtor.http.post(f"{debtor.path}/default", json={"reason": "x"}, headers=key)
    again = await debtor.http.post(f"{debtor.path}/default", json={"reason": "x"}, headers=key)
    other = await debtor.http.post(f"{debtor.path}/default", json={"reason": "y"}, headers=key)
    assert (again.json(), other.status_code) == (first.json(), 409)


async def test_the_list_shows_those_with_steps_taken_page_by_page(debtor: Debtor, post: tuple[Path, Program]) -> None:
    others = [await new_debtor(debtor.service, post[0], debtor.id) for _ in range(2)]
    for one in (debtor, *others):
        assert (await debtor.http.post(f"{one.path}/default", json={"reason": "x"})).status_code == 200
    page = (await debtor.http.get("/v1/delinquency", params={"limit": 2})).json()
    rest = (await debtor.http.get("/v1/delinquency", params={"limit": 2, "after": page["next"]})).json()
    seen = [d["customer_id"] for d in page["items"] + rest["items"]]
    assert (sorted(seen), rest["next"]) == (sorted(str(d.customer_id) for d in (debtor, *others)), None)
    for one in others:
        await one.http.aclose()


async def test_the_database_itself_shows_the_services_role_one_organization_only(
    debtor: Debtor, post: tuple[Path, Program]
) -> None:
    foreign = await new_debtor(debtor.service, post[0])
    await debtor.owes()
    await foreign.owes()
    connection = await asyncpg.connect(debtor.service.database_url)
    tables = (
        "customers", "invoices", "delinquencies", "policies", "sent_mails", "unit_states", "assignments", "contracts",
        "redirects", "redirect_debts", "restorations",
    )  # fmt: skip
    try:
        for table in tables:
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
        await connection.execute("select set_config('app.organization_id', $1, false)", str(debtor.id))
        for table in tables:
            owners = {r[0] for r in await connection.fetch(f"select distinct organization_id from {table}")}
            assert owners <= {debtor.id}, table
        assert await connection.execute("delete from invoices where organization_id = $1", foreign.id) == "DELETE 0"
        await connection.execute("select set_config('app.customer_id', $1, false)", str(uuid4()))
        assert await connection.fetchval("select count(*) from invoices") == 0
    finally:
        await connection.close()
        await foreign.http.aclose()
