"""API keys: made once, narrowed to their maker's rights, ended at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.auth import HEADER, Principal, verify
from common.clock import wall_now
from support.identity_at import OUR_ORIGIN, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}


async def make(identity: IdentityHere, organization: str, **body: object) -> dict[str, Any]:
    answer = await identity.door(identity.key, organization).call("POST", "/v1/api-keys", {"name": "k"} | body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_key_is_shown_once_and_kept_as_a_hash(identity: IdentityHere, organization: str) -> None:
    made = await make(identity, organization, role="collector")
    assert made["key"].startswith("hbk_test_")
    assert made["permissions"] == ["meters.read", "readings.write"]
    listed = await identity.door(identity.key, organization).call("GET", "/v1/api-keys")
    assert [k["prefix"] for k in listed.json()["items"]] == [made["prefix"]]
    secret = made["key"].rpartition("_")[2]
    assert secret not in listed.text
    for table in ("api_keys", "idempotency_keys", "outbox"):
        rows = await identity.sql(f"select t.*::text from {table} t")
        assert not any(secret in row[0] for row in rows), table
        bodies = await identity.sql(f"select encode(body, 'escape') from {table}") if table != "api_keys" else []
        assert not any(secret in (row[0] or "") for row in bodies), table


async def test_repeating_the_call_neither_makes_nor_shows_a_second_key(
    identity: IdentityHere, organization: str
) -> None:
    door, key = identity.door(identity.key, organization), {"Idempotency-Key": str(uuid4())}
    body = {"name": "k", "role": "auditor"}
    assert (await door.call("POST", "/v1/api-keys", body, key)).status_code == 201
    assert (await door.call("POST", "/v1/api-keys", body, key)).status_code == 409
    assert len((await door.call("GET", "/v1/api-keys")).json()["items"]) == 1


async def test_a_key_opens_what_it_names_and_nothing_else(identity: IdentityHere, organization: str) -> None:
    door = identity.door((await make(identity, organization, permissions=["members.read"]))["key"])
    assert (await door.call("GET", "/v1/members")).status_code == 200
    assert (await door.call("GET", "/v1/api-keys")).status_code == 403


async def test_an_ended_key_opens_nothing_from_then_on(identity: IdentityHere, organization: str) -> None:
    made = await make(identity, organization, role="auditor")
    door = identity.door(made["key"])
    assert (await door.call("GET", "/v1/me")).status_code == 200
    own = identity.door(identity.key, organization)
    assert (await own.call("DELETE", f"/v1/api-keys/{made['id']}")).status_code == 204
    assert (await door.call("GET", "/v1/me")).status_code == 401
    assert (await own.call("DELETE", f"/v1/api-keys/{made['id']}")).status_code == 404


async def test_another_organizations_key_cannot_be_ended(identity: IdentityHere, organization: str) -> None:
    made = await make(identity, organization, role="auditor")
    other = (await identity.open_organization())["id"]
    assert (await identity.door(identity.key, other).call("DELETE", f"/v1/api-keys/{made['id']}")).status_code == 404
    assert (await identity.door(made["key"]).call("GET", "/v1/me")).status_code == 200


async def test_an_expired_key_opens_nothing(identity: IdentityHere, organization: str) -> None:
    tomorrow = wall_now().date() + timedelta(days=1)
    made = await make(identity, organization, role="auditor", expires_on=tomorrow.isoformat())
    await identity.sql("update api_keys set expires_on = current_date where prefix = :p", p=made["prefix"])
    assert (await identity.door(made["key"]).call("GET", "/v1/me")).status_code == 401


async def test_a_key_never_opens_more_than_its_maker_may_do_now(identity: IdentityHere, organization: str) -> None:
    developer = await identity.member(organization, "developer")
    door = identity.door(developer["cookie"])
    refused = await door.call("POST", "/v1/api-keys", {"name": "k", "permissions": ["invoices.cancel"]}, BY_PAGE)
    assert refused.status_code == 403
    made = (await door.call("POST", "/v1/api-keys", {"name": "k", "role": "developer"}, BY_PAGE)).json()
    await identity.sql("update members set role = 'support' where email = :e", e=developer["email"])
    me = await identity.door(made["key"]).call("GET", "/v1/me")
    assert "api_keys.write" not in me.json()["permissions"]
    assert "invoices.read" in me.json()["permissions"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "k"},
        {"name": "k", "role": "admin", "permissions": ["usage.read"]},
        {"name": "k", "permissions": []},
        {"name": "k", "permissions": ["everything"]},
        {"name": "k", "role": "customer_viewer"},
        {"name": "k", "role": "platform"},
        {"name": "k", "role": "admin", "expires_on": "2020-01-01"},
        {"name": "\x07", "role": "admin"},
    ],
)
async def test_impossible_keys_are_refused(identity: IdentityHere, organization: str, body: dict[str, Any]) -> None:
    answer = await identity.door(identity.key, organization).call("POST", "/v1/api-keys", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"]


async def test_the_use_of_a_key_is_noted(identity: IdentityHere, organization: str) -> None:
    made = await make(identity, organization, role="auditor")
    await identity.door(made["key"]).call("GET", "/v1/me")
    listed = (await identity.door(identity.key, organization).call("GET", "/v1/api-keys")).json()["items"]
    assert listed[0]["last_used_at"] is not None


async def test_a_rotated_key_goes_on_beside_its_successor_and_two_are_the_most(
    identity: IdentityHere, organization: str
) -> None:
    own = identity.door(identity.key, organization)
    site_id = str(uuid4())
    first = await make(identity, organization, role="collector", site_id=site_id)

    async def rotated(key_id: str, **body: int) -> Any:
        return await own.call("POST", f"/v1/api-keys/{key_id}/rotate", body)

    answer = await rotated(first["id"])
    assert answer.status_code == 201, answer.text
    second = answer.json()
    assert (second["site_id"], second["role"], second["replaces_id"]) == (site_id, "collector", first["id"])
    for key in (first["key"], second["key"]):
        assert (await own_place(identity, key)).site_id == UUID(site_id)
    assert (await rotated(first["id"])).status_code == 409
    assert (await rotated(second["id"])).status_code == 409  # the first is still live
    await identity.sql("update api_keys set ends_at = clock_timestamp() where prefix = :p", p=first["prefix"])
    identity.app.state.gate.forget_all()
    assert (await identity.door(first["key"]).call("GET", "/v1/me")).status_code == 401
    third = await rotated(second["id"], overlap_hours=0)
    assert third.status_code == 201
    assert (await identity.door(second["key"]).call("GET", "/v1/me")).status_code == 401


async def own_place(identity: IdentityHere, key: str) -> Principal:
    """What forward-auth says of a key."""
    headers = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/v1/x"}
    told = await identity.door(key).straight("GET", "/internal/forward-auth", None, headers)
    return verify(told.headers[HEADER], identity.app.state.public_key)


async def test_a_key_with_a_limit_is_told_what_is_left_and_when_to_come_back(
    identity: IdentityHere, organization: str
) -> None:
    made = await make(identity, organization, role="auditor", rate_per_minute=3)
    door = identity.door(made["key"])
    answers = [await door.call("GET", "/v1/me") for _ in range(5)]
    assert [a.status_code for a in answers[:3]] == [200] * 3
    assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"key";r=2;')
    last = answers[-1]
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(last.headers["retry-after"]) <= 20
    assert last.headers["ratelimit"].startswith('"key";r=0;')
    unlimited = await identity.door(identity.key, organization).call("GET", "/v1/me")
    assert "ratelimit" not in unlimited.headers
