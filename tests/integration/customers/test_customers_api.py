"""Customers added, read, changed, listed and told; what is refused; what others never see (CM-02 to CM-32)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from events.customers import CustomerChanged, CustomerRegistered
from events.revenueguard import CustomerDefaulted, DefaultCleared
from integration.customers.conftest import ALL, AT, Book

NOBODY = "00000000-0000-0000-0000-000000000001"


async def test_a_customer_is_added_told_and_read(book: Book) -> None:
    made = await book.add(billing_email="invoices@alpha.example", notes="pays late")
    read = await book.http.get(f"/v1/customers/{made['id']}")
    assert (read.json(), read.headers["etag"]) == (made, '"1"')
    assert (made["standing"], made["notes"], made["version"]) == ("active", "pays late", 1)
    await book.service.settled(book.id)
    told = [e for e in await book.service.published("customers.customer", book.id) if isinstance(e, CustomerRegistered)]
    event = next(e for e in told if str(e.customer_id) == made["id"])
    assert (event.billing_email, event.version) == ("invoices@alpha.example", 1)
    assert "notes" not in event.model_dump()


async def test_a_change_carries_the_whole_account_and_a_higher_version(book: Book) -> None:
    made = await book.add(company="Alpha")
    changed = await book.change(made, company=None, currency="EUR", is_active=False)
    assert changed.status_code == 200
    assert changed.json() == made | {
        "company": None, "currency": "EUR", "is_active": False, "standing": "inactive", "badges": ["inactive"],
        "version": 2,
    }  # fmt: skip
    await book.service.settled(book.id)
    told = [e for e in await book.service.published("customers.customer", book.id) if isinstance(e, CustomerChanged)]
    event = next(e for e in told if str(e.customer_id) == made["id"])
    assert (event.version, event.currency, event.is_active, event.name) == (2, "EUR", False, made["name"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"contact_email": "a@b.example, c@d.example"}, "contact_email"),
        ({"billing_email": "a@b.example\nBcc: x@y.example"}, "billing_email"),
        ({"currency": "usd"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"colour": "red"}, "colour"),
        ({"in_default": True}, "in_default"),
    ],
)
async def test_a_wrong_account_is_refused_by_its_field(book: Book, fields: dict[str, Any], field: str) -> None:
    body = {"name": "Alpha", "contact_email": "ops@alpha.example"} | fields
    answer = await book.http.post("/v1/customers", json=body)
    assert answer.status_code == 422, answer.text
    assert field in [e["field"] for e in answer.json()["errors"]]


@pytest.mark.parametrize("field", ["name", "contact_email", "is_active", "on_billing_hold"])
async def test_what_every_account_has_cannot_be_emptied(book: Book, field: str) -> None:
    refused = await book.change(await book.add(), **{field: None})
    assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (422, [field])


async def test_a_change_needs_the_newest_version(book: Book) -> None:
    made = await book.add()
    path = f"/v1/customers/{made['id']}"
    assert (await book.http.patch(path, json={"name": "B"})).status_code == 428
    assert (await book.http.patch(path, json={"name": "B"}, headers={"If-Match": "new"})).status_code == 412
    answers = await asyncio.gather(*(book.change(made, name=f"B{n}") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 412, 412, 412]


async def test_a_post_needs_a_key_and_a_key_belongs_to_one_request(book: Book) -> None:
    body = {"name": "Once", "contact_email": "once@alpha.example"}
    key = {"Idempotency-Key": str(uuid4())}
    first = await book.http.post("/v1/customers", json=body, headers=key)
    again = await book.http.post("/v1/customers", json=body, headers=key)
    other = await book.http.post("/v1/customers", json=body | {"name": "Twice"}, headers=key)
    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 409)
    none = await book.http.post("/v1/customers", json=body, headers={"Idempotency-Key": ""})
    assert (none.status_code, none.json()["code"]) == (400, "idempotency_key_missing")


async def test_malformed_json_is_refused(book: Book) -> None:
    for content in (b'{"name":', b"[]", b"", b"\xff"):
        answer = await book.http.post("/v1/customers", content=content, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("missing", "method"), [("customers.read", "GET"), ("customers.write", "POST")])
async def test_each_permission_is_needed(book: Book, missing: str, method: str) -> None:
    async with book.service.client(book.id, set(ALL) - {missing}) as http:
        refused = await http.request(method, "/v1/customers", json={} if method == "POST" else None)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_an_unknown_organization_and_no_token_get_nowhere(book: Book) -> None:
    async with book.service.client(uuid4(), ALL) as http:
        body = {"name": "A", "contact_email": "a@b.example"}
        assert (await http.post("/v1/customers", json=body)).status_code == 404
        assert (await http.get("/v1/customers")).json()["items"] == []
        http.event_hooks["request"] = []
        assert (await http.get("/v1/customers")).status_code == 401
        assert (await http.get("/v1/customers", headers={"X-Internal-Token": "x.y.z"})).status_code == 401


async def test_another_organizations_customer_looks_like_none(book: Book, other: Book) -> None:
    made = await other.add()
    for answer in (await book.http.get(f"/v1/customers/{made['id']}"), await book.change(made, name="Mine")):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await book.http.get(f"/v1/customers/{NOBODY}")).status_code == 404


async def test_a_customers_own_people_see_their_account_alone_and_no_notes(book: Book) -> None:
    mine, foreign = await book.add(notes="internal"), await book.add()
    async with book.service.client(book.id, ("customers.read",), customer_id=mine["id"]) as portal:
        assert [c["id"] for c in (await portal.get("/v1/customers")).json()["items"]] == [mine["id"]]
        assert (await portal.get(f"/v1/customers/{mine['id']}")).json()["notes"] is None
        assert (await portal.get(f"/v1/customers/{foreign['id']}")).status_code == 404


async def test_pages_show_every_customer_once_in_order(service: Any) -> None:
    organization_id = await service.open_organization(AT)
    async with service.client(organization_id, ALL) as http:
        book = Book(service, organization_id, http)
        made = [(await book.add(name=f"C{n}"))["id"] for n in range(5)]
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": 2} | ({"after": cursor} if cursor else {})
            page = (await http.get("/v1/customers", params=query)).json()
            seen, cursor = seen + [c["id"] for c in page["items"]], page["next"]
        assert seen == made
        assert (await http.get("/v1/customers", params={"limit": 0})).status_code == 422


async def test_a_default_told_by_revenueguard_shows_until_it_is_cleared(book: Book) -> None:
    made = await book.add()
    path = f"/v1/customers/{made['id']}"
    told = CustomerDefaulted(customer_id=made["id"], reason="Invoice INV-7 unpaid.", since_at=AT)
    await book.service.tell(book.id, told, at=AT)
    await book.service.settled(book.id)
    shown = (await book.http.get(path)).json()
    assert (shown["standing"], shown["default_reason"]) == ("in_default", "Invoice INV-7 unpaid.")
    await book.service.tell(book.id, DefaultCleared(customer_id=made["id"], reason="paid"), at=AT)
    await book.service.settled(book.id)
    cleared = (await book.http.get(path)).json()
    assert (cleared["standing"], cleared["default_reason"]) == ("active", None)


async def test_the_database_itself_shows_the_services_role_one_organization_only(book: Book, other: Book) -> None:
    await book.add()
    foreign = await other.add()
    connection = await asyncpg.connect(book.service.database_url)
    try:
        assert await connection.fetchval("select count(*) from customers") == 0
        await connection.execute("select set_config('app.organization_id', $1, false)", str(book.id))
        owners = {row[0] for row in await connection.fetch("select distinct organization_id from customers")}
        assert owners == {book.id}
        taken = "update customers set name = 'x' where customer_id = $1::text::uuid"
        assert await connection.execute(taken, foreign["id"]) == "UPDATE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("alter table customers disable row level security")
    finally:
        await connection.close()
