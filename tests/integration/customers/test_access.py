"""Who may do what: every operation needs its permission, and none reaches into another host's or customer's book."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from customers.main import service as declared
from hostbook.engines.stack import Stack
from integration.customers.conftest import EVERY, PORTAL, Book
from integration.customers.test_bad_input import CASES

OPERATIONS = [
    pytest.param(method.upper(), path, operation["x-permission"], id=f"{method} {path}")
    for path, operations in declared.app().openapi()["paths"].items()
    for method, operation in operations.items()
]
BODIES = {(method, re.sub(r"\{(\w+)\}", r"{\1_id}", place)): body for method, place, body, _ in CASES}
ROWS = "select count(*), md5(string_agg(t::text, '|' order by t::text)) from {} t where organization_id = $1"


async def call(http: Any, method: str, path: str, ids: dict[str, str]) -> Any:
    place = re.sub(r"\{(\w+)\}", lambda m: ids.get(m[1], str(uuid4())), path)
    body: Any = BODIES.get((method, path), {}) if method in ("POST", "PUT", "PATCH") else None
    return await http.request(method, place, json=body, headers={"If-Match": '"1"'})


@pytest.mark.parametrize(("method", "path", "permission"), OPERATIONS)
async def test_every_operation_needs_its_permission(book: Book, method: str, path: str, permission: str) -> None:
    async with book.service.client(book.id, {*EVERY, *PORTAL} - {permission}) as http:
        refused = await call(http, method, path, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), refused.text
    assert permission in refused.json()["detail"]


async def everything(book: Book) -> dict[str, str]:
    """One of each thing, by the names that paths use."""

    async def made(path: str, body: dict[str, Any]) -> str:
        answer = await book.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    customer = (await book.add(notes="internal"))["id"]
    return {
        "customer_id": customer,
        "contact_id": await made(f"/v1/customers/{customer}/contacts", {"name": "Noc", "email": "n@x.example"}),
        "group_id": await made("/v1/customer-groups", {"name": str(uuid4())}),
        "agreement_id": await made("/v1/agreements", {"name": "Terms", "text": "You pay."}),
        "ticket_id": await made("/v1/tickets", {"customer_id": customer, "title": "T", "text": "t"}),
        "announcement_id": await made("/v1/announcements", {"title": "N", "text": "n"}),
    }


async def test_foreign_ids_read_and_change_nothing(book: Book, other: Book, engines: Stack) -> None:
    """Of another host, and of another customer of the same host."""
    ids = await everything(book)
    connection = await asyncpg.connect(engines.database_url("customers", "superuser"))
    tables = [n for n in declared.metadata.tables if n not in ("outbox", "inbox", "wakeups", "idempotency_keys")]

    async def hashed() -> dict[str, Any]:
        return {name: tuple(await connection.fetchrow(ROWS.format(name), book.id)) for name in tables}

    stranger, mine = await book.add(name="Stranger"), await other.add()
    await book.settled()
    before = await hashed()
    named = [p.values for p in OPERATIONS if "{" in str(p.values[1]) and "document" not in str(p.values[1])]
    async with other.portal(mine) as foreign, book.portal(stranger) as neighbour:
        for method, path, _ in named:
            of_all = "agreement_id" in str(path) and "customer_id" not in str(path)  # texts are for all customers
            for http in (other.http, foreign, neighbour)[: 2 if of_all else 3]:
                answer = await call(http, str(method), str(path), ids)
                assert answer.status_code in (403, 404, 422), (method, path, answer.status_code, answer.text)
                assert "internal" not in answer.text
    await book.settled()
    assert await hashed() == before
    await connection.close()
