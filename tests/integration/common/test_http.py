"""What every route of every service does: token, permission, key, version, pages, refusals in one form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import Response
from sqlalchemy import column, text

from common.app import attach, create_app
from common.auth import HEADER, Principal, mint
from common.db import Database
from common.errors import Conflict, RuleBroken, Unavailable
from common.http import PUBLIC, Body, Caller, IfMatch, OwnDatabase, Transaction, allow, etag, new_router, request_digest
from common.listing import Listing, Page, page_of, paged

KEY = Ed25519PrivateKey.generate()
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ORGANIZATION = uuid4()
PERMISSIONS = frozenset({"things.read", "things.write"})
INSERT = text("insert into inbox (consumer, event_id, organization_id) values ('http', :id, :organization)")
APPROVAL, STEP = {"things.write": "approval"}, {"things.write": "step_up"}
GRANTED = (str(uuid4()), "things.write", request_digest("POST", "/v1/things", b'{"name":"a"}'))
THINGS = Listing(key=(), sorts={"id": column("id"), "name": column("name")}, filters={}, usual="id")
router = new_router("things")


class Thing(Body):
    name: str


@router.post("/v1/things", status_code=201, **allow("things.write"))
async def add(tx: Transaction, caller: Caller, body: Thing, response: Response, note: str = "") -> dict[str, str]:
    thing_id = uuid4()
    await tx.execute(INSERT, {"id": thing_id, "organization": caller.organization_id})
    if body.name == "refused":
        raise Conflict("This name is taken.", field="name", remedy="another name")
    if body.name == "broken":
        raise ZeroDivisionError
    if body.name == "away":
        raise Unavailable("The processor does not answer.")
    response.headers.update(etag(1))
    return {"id": str(thing_id), "name": body.name + note}


@router.patch("/v1/things/{thing_id}", **allow("things.write"))
async def change(thing_id: UUID, version: IfMatch) -> dict[str, Any]:
    return {"id": str(thing_id), "version": version}


@router.get("/v1/things", **allow("things.read"))
async def things(page: Annotated[Page, paged(THINGS)]) -> dict[str, Any]:
    last = -1 if page.after is None else int(page.after[0] or "")
    rows: list[Mapping[str, Any]] = [{"id": str(n)} for n in range(7) if n > last]
    return page_of(rows[: page.limit + 1], page, "id")


@router.post("/v1/foreign", **allow("things.write"))
async def foreign(tx: Transaction, organization_id: UUID) -> None:
    await tx.execute(INSERT, {"id": uuid4(), "organization": organization_id})


@router.post("/v1/outside", **allow("things.write", transaction=False))
async def outside(database: OwnDatabase, caller: Caller) -> str:
    async with database.transaction(caller.tenant) as tx:
        return str((await tx.execute(text("select current_setting('app.organization_id')"))).scalar())


@router.get("/v1/open", **allow(PUBLIC))
async def open_to_all() -> str:
    return "welcome"


@pytest_asyncio.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("things", [router])
    attach(app, "things", database, None, None)
    app.state.public_key = PUBLIC_KEY
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {HEADER: mint(Principal("user:1", ORGANIZATION, PERMISSIONS), PRIVATE)}
    async with httpx.AsyncClient(transport=transport, base_url="http://things", headers=headers) as client:
        yield client


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def kept(database: Database) -> int:
    async with database.of(ORGANIZATION) as tx:
        return int((await tx.execute(text("select count(*) from inbox"))).scalar_one())


async def test_one_key_does_a_thing_once_also_at_the_same_time(http: httpx.AsyncClient, database: Database) -> None:
    before, headers = await kept(database), key()
    answers = await asyncio.gather(*(http.post("/v1/things", json={"name": "a"}, headers=headers) for _ in range(6)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1
    assert len({a.headers["etag"] for a in answers}) == 1
    assert sum(a.headers.get("Idempotent-Replayed") == "true" for a in answers) == 5
    assert await kept(database) == before + 1


async def test_a_key_with_another_body_or_path_is_refused_and_another_persons_key_is_their_own(
    http: httpx.AsyncClient,
) -> None:
    headers = key()
    assert (await http.post("/v1/things", json={"name": "a"}, headers=headers)).status_code == 201
    for path, body in (("/v1/things", {"name": "b"}), ("/v1/things?note=1", {"name": "a"})):
        other = await http.post(path, json=body, headers=headers)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    other_person = {HEADER: mint(Principal("user:2", ORGANIZATION, PERMISSIONS), PRIVATE)}
    assert (await http.post("/v1/things", json={"name": "b"}, headers=headers | other_person)).status_code == 201


async def test_what_is_refused_leaves_nothing_and_the_key_is_free_again(
    http: httpx.AsyncClient, database: Database
) -> None:
    before, headers = await kept(database), key()
    refused = await http.post("/v1/things", json={"name": "refused"}, headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert refused.json() == {
        "type": "urn:hostbook:problem:conflict", "title": "Conflict", "status": 409, "code": "conflict",
        "detail": "This name is taken.",
        "errors": [{"field": "name", "message": "This name is taken.", "remedy": "another name"}],
    }  # fmt: skip
    assert await kept(database) == before
    assert (await http.post("/v1/things", json={"name": "fine"}, headers=headers)).status_code == 201


@pytest.mark.parametrize(("body", "status", "code"), [("broken", 500, "internal"), ("away", 503, "unavailable")])
async def test_a_failure_of_ours_says_so_and_nothing_of_its_insides(
    http: httpx.AsyncClient, body: str, status: int, code: str
) -> None:
    answer = await http.post("/v1/things", json={"name": body}, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "ZeroDivision" not in answer.text
    assert ("Retry-After" in answer.headers) is (status == 503)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": ""}, 400, "idempotency_key_missing"),
        ({HEADER: ""}, 401, "not_signed_in"),
        ({HEADER: "a.b.c"}, 401, "not_signed_in"),
    ],
)
async def test_who_is_not_known_is_told_why(
    http: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await http.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


_STRANGER = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("principal", "signed_with", "status", "code"),
    [
        (Principal("user:1", ORGANIZATION, PERMISSIONS), _STRANGER, 401, "not_signed_in"),
        (Principal("user:1", ORGANIZATION, frozenset({"things.read"})), PRIVATE, 403, "forbidden"),
        (Principal("user:1", ORGANIZATION, PERMISSIONS, read_only=True), PRIVATE, 403, "forbidden"),
        (
            Principal("user:1", ORGANIZATION, PERMISSIONS, held=APPROVAL, approved=None),
            PRIVATE,
            409,
            "approval_required",
        ),
        (Principal("user:1", ORGANIZATION, PERMISSIONS, held=STEP, approved=GRANTED), PRIVATE, 403, "step_up_required"),
        (Principal("user:1", ORGANIZATION, PERMISSIONS, held=APPROVAL, approved=GRANTED), PRIVATE, 201, None),
    ],
    ids=[
        *("a stranger's signature", "another permission", "a look alone", "no second person"),
        *("a second person, but not shown lately who one is", "a second person"),
    ],
)
async def test_who_may_not_is_told_why(
    http: httpx.AsyncClient, principal: Principal, signed_with: str, status: int, code: str | None
) -> None:
    headers = {HEADER: mint(principal, signed_with)} | (key() if status == 201 else {})
    answer = await http.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_a_change_says_which_version_it_is_made_from(http: httpx.AsyncClient) -> None:
    path = f"/v1/things/{uuid4()}"
    changed = await http.patch(path, headers={"If-Match": '"7"'})
    assert (changed.json()["version"], changed.headers["cache-control"]) == (7, "no-store")
    assert (await http.patch(path, headers={"If-Match": 'W/"8"'})).json()["version"] == 8
    missing, odd = await http.patch(path), await http.patch(path, headers={"If-Match": "latest"})
    assert [(a.status_code, a.json()["code"]) for a in (missing, odd)] == [
        (428, "if_match_missing"), (412, "stale_version"),
    ]  # fmt: skip


async def test_pages_end_and_made_up_cursors_are_refused(http: httpx.AsyncClient) -> None:
    first = (await http.get("/v1/things", params={"limit": 4})).json()
    second = (await http.get("/v1/things", params={"limit": 4, "after": first["next"]})).json()
    assert [i["id"] for i in first["items"] + second["items"]] == [str(n) for n in range(7)]
    assert second["next"] is None
    for wrong in ({"limit": 0}, {"limit": 201}, {"limit": "many"}, {"after": "NA=="}, {"after": "ä"}, {"after": ""}):
        assert (await http.get("/v1/things", params=wrong)).status_code == 422
    other = await http.get("/v1/things", params={"after": first["next"], "sort": "-id"})
    assert (other.status_code, other.json()["errors"][0]) == (
        422,
        {
            "field": "after",
            "message": "This cursor is not of a list by sort=-id.",
            "remedy": "send `next` as it came, with the same `sort`",
        },
    )


async def test_a_parameter_that_does_not_exist_and_an_order_that_does_not_are_refused(http: httpx.AsyncClient) -> None:
    misspelt = await http.get("/v1/things", params={"limt": 2, "naem": "a"})
    assert (misspelt.status_code, misspelt.json()["errors"]) == (
        422,
        [
            {
                "field": "limt",
                "message": "There is no parameter limt, naem.",
                "remedy": "of this call: after, fields, limit, sort",
            }
        ],
    )
    unknown = (await http.get("/v1/things", params={"sort": "colour"})).json()["errors"][0]
    assert unknown["field"] == "sort"
    assert "'id', '-id', 'name' or '-name'" in unknown["message"]


async def test_a_list_shows_the_fields_that_were_asked_for(http: httpx.AsyncClient) -> None:
    page = (await http.get("/v1/things", params={"limit": 2, "fields": "id"})).json()
    assert page["items"] == [{"id": "0"}, {"id": "1"}]
    assert page["next"]
    unknown = await http.get("/v1/things", params={"fields": "id,price"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "fields")
    assert "id" in unknown.json()["errors"][0]["remedy"]


async def test_the_database_refuses_rows_of_another_organization(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/foreign", params={"organization_id": str(uuid4())}, headers=key())
    assert answer.status_code == 500
    mine = await http.post("/v1/foreign", params={"organization_id": str(ORGANIZATION)}, headers=key())
    assert mine.status_code == 200


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 422), (b"[]", 422), (b"", 422), (b'{"name": "a", "x": 1}', 422), (b"{}", 422)]
)
async def test_a_body_that_is_not_understood_is_refused_by_field(
    http: httpx.AsyncClient, content: bytes, status: int
) -> None:
    headers = key() | {"content-type": "application/json"}
    answer = await http.post("/v1/things", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, "invalid_request")
    assert answer.json()["errors"][0]["field"]


async def test_a_body_beyond_the_limit_is_refused(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.http.MAX_BODY", 100)
    answer = await http.post("/v1/things", json={"name": "x" * 200}, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_routes_that_call_outside_open_their_own_transaction_and_some_are_open(http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/outside", headers=key())).json() == str(ORGANIZATION)
    assert (await http.get("/v1/open", headers={HEADER: ""})).json() == "welcome"
    gone = await http.get("/v1/nothing")
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")
    assert (await http.delete("/v1/things")).status_code == 405


async def test_the_operators_routes_answer(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health/live")).json() == {"service": "things", "status": "alive"}
    ready = (await http.get("/health/ready")).json()
    assert (ready["ready"], ready["checks"]["database"]) == (True, "ok")
    assert "hostbook_http_seconds" in (await http.get("/metrics")).text


def test_a_route_without_a_permission_cannot_be_made() -> None:
    bare = new_router("bare")
    with pytest.raises(RuntimeError, match="declares no permission"):
        bare.get("/v1/bare")(open_to_all)
    assert RuleBroken("x").status == 422
