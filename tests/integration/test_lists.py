"""Every paged list of the public API: its orders, its filters, and what customers' people may not ask (issue 6, 4)."""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi.routing import APIRoute
from sqlalchemy import Column, Select, Table, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.schema import ColumnCollectionConstraint
from sqlalchemy.types import Boolean, Date, DateTime, Integer, Numeric, Uuid

from common.app import attach
from common.auth import HEADER, Principal, mint
from common.db import Database, new_id
from common.listing import Listing, Page, place_of
from common.migrations import upgrade
from hostbook.engines.part import SERVICES
from identity.domain.roles import PERMISSIONS
from support.engines import Databases, DatabaseUrls

KEY = Ed25519PrivateKey.generate()
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ORGANIZATION, CUSTOMER = uuid4(), uuid4()
NOW = datetime(2025, 3, 1, tzinfo=UTC)
KNOWN = {  # a copy of the organization, as every service has one
    "organization_id": ORGANIZATION, "slug": "h", "name": "Host", "timezone": "America/Chicago", "currency": "USD",
    "billing_day": 1, "due_days": 15, "is_test": True, "clock_at": NOW, "version": 1,
}  # fmt: skip
WRITTEN = {"uuid": str(uuid4()), "date-time": "2025-03-01T00:00:00Z", "date": "2025-03-01"}
PATTERNS = {"^[A-Z]{3}$": "USD", "^host$": "host", "^[a-z_]+$": "card"}


def lists(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Path and parameters of every paged list of a service."""
    for path, methods in document["paths"].items():
        of = {one["name"]: one for one in methods.get("get", {}).get("parameters", ()) if one["in"] == "query"}
        if "after" in of:
            yield path, of


def schema_of(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """What a parameter takes, without null; of several, what each of them is."""
    said = parameter["schema"]
    said = next((one for one in said.get("anyOf", ()) if one.get("type") != "null"), said)
    said = said["items"] if said.get("type") == "array" else said
    found: dict[str, Any] = (
        document["components"]["schemas"][said["$ref"].rsplit("/", 1)[-1]] if "$ref" in said else said
    )
    return found


def sample(said: dict[str, Any]) -> str:
    if "enum" in said or "const" in said:
        return str(said.get("const", said.get("enum", [None])[0]))
    if said.get("type") in ("integer", "number"):
        return "1"
    if said.get("type") == "boolean":
        return "true"
    return WRITTEN.get(said.get("format", ""), PATTERNS.get(said.get("pattern", ""), "12"))


@dataclass
class Running:
    """A service's application over a database of its own."""

    name: str
    app: Any
    owner: str
    database: Database

    def client(self, customer_id: UUID | None = None) -> httpx.AsyncClient:
        token = mint(Principal("user:1", ORGANIZATION, frozenset(PERMISSIONS), customer_id), PRIVATE)
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://list", headers={HEADER: token})


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=SERVICES)
async def running(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Running]:
    service = importlib.import_module(f"{request.param}.main").service

    def migrate(urls: DatabaseUrls) -> None:
        role = make_url(urls.app).username or ""
        asyncio.run(upgrade(urls.owner, service.name, service.metadata, role))

    urls = await asyncio.to_thread(databases.migrated, service.name, migrate)
    database, app = Database(urls.app), service.app()
    attach(app, service.name, database, None, None)
    app.state.public_key = PUBLIC_KEY
    async with database.of(ORGANIZATION) as tx:
        await tx.execute(insert(service.metadata.tables["organizations"]).values(KNOWN))
    yield Running(service.name, app, urls.owner, database)
    await database.close()


async def test_every_order_and_every_filter_of_every_list_is_answered(running: Running) -> None:
    document, answered = running.app.openapi(), 0
    async with running.client() as http:
        for path, taken in lists(document):
            place = path.replace("{", "").replace("}", "") if "{" not in path else None
            where = place or "/".join(str(uuid4()) if part.startswith("{") else part for part in path.split("/"))
            needed = {n: sample(schema_of(document, one)) for n, one in taken.items() if one.get("required")}
            for sort in taken["sort"]["schema"]["enum"]:
                answer = await http.get(where, params=needed | {"sort": sort, "limit": 1})
                assert answer.status_code in ((200,) if place and not needed else (200, 404)), (path, answer.text)
            every = {n: sample(schema_of(document, one)) for n, one in taken.items() if n not in ("after", "fields")}
            answer = await http.get(where, params=every)
            assert answer.status_code in ((200,) if place and not needed else (200, 404)), (path, answer.text)
            odd = await http.get(where, params=needed | {"colour": "red"})
            assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "colour"), path
            answered += 1
    assert answered


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
async def test_every_declared_order_goes_on_from_a_place_and_every_filter_is_sql(running: Running) -> None:
    """Also of those lists whose paths need something that is there."""
    found = 0
    async with running.database.of(ORGANIZATION) as tx:
        for listing in listings(running.name):
            for sort in (way + name for name in listing.sorts for way in ("", "-")):
                columns = listing.columns(sort)
                for first in (None, _text(columns[0])):
                    page = Page(listing, 2, sort, [first, *(_text(one) for one in columns[1:])])
                    assert list(await page.read(tx, select(*listing.key), {})) == []
            found += 1
    assert found


def listings(service: str) -> list[Listing]:
    """What the routes' dependencies hold, as far as the database pages them."""
    routes = [route for one in importlib.import_module(f"{service}.main").service.routers for route in one.routes]
    needed = [one.call for route in routes if isinstance(route, APIRoute) for one in route.dependant.dependencies]
    held = [cell.cell_contents for call in needed for cell in getattr(call, "__closure__", None) or ()]
    found = {id(one): one for one in held if isinstance(one, Listing) and one.key}
    return list(found.values())


def _text(column: Any) -> str:
    kinds = {Uuid: str(uuid4()), DateTime: "2025-03-01 00:00:00+00", Date: "2025-03-01", Boolean: "true"}
    return next((text for kind, text in kinds.items() if isinstance(column.type, kind)), "1")


async def test_customers_people_cannot_ask_for_what_is_the_hosts(running: Running) -> None:
    document = running.app.openapi()
    hidden = {name for listing in listings(running.name) for name in listing.hosts}
    refused = set[str]()
    async with running.client(CUSTOMER) as portal:
        for path, taken in lists(document):
            if "{" in path:
                continue
            for name in hidden & taken.keys():
                answer = await portal.get(path, params={name: sample(schema_of(document, taken[name]))})
                if answer.status_code == 403:
                    refused.add(name)
            for sort in (one for one in taken["sort"]["schema"]["enum"] if one.removeprefix("-") in hidden):
                answer = await portal.get(path, params={"sort": sort})
                assert (answer.status_code, answer.json()["errors"][0]["field"]) == (403, sort.removeprefix("-"))
                refused.add(sort.removeprefix("-"))
    assert refused == hidden


def shown(columns: Any) -> Select[Any]:
    return select(*(one.label(f"c{at}") for at, one in enumerate(columns)))


REPRESENTATIVE = {
    "customers": ("customers.store.customers", "customers"),
    "payments": ("payments.store.payments", "payments"),
    "identity": ("identity.store.audit_entries", "audit_entries"),
    "quotes": ("quotes.store.catalogue", "catalogue"),
}


@pytest.mark.parametrize("running", REPRESENTATIVE, indirect=True)
async def test_a_list_shows_every_row_once_and_in_order_whatever_is_equal_or_absent(running: Running) -> None:
    module, table = REPRESENTATIVE[running.name]
    rows, chance = importlib.import_module(f"{running.name}.main").service.metadata.tables[table], random.Random(7)
    listing: Listing = importlib.import_module(module).LISTING
    made = [{c.name: _value(c, rows, chance) for c in rows.columns if c.server_default is None} for _ in range(60)]
    async with running.database.of(ORGANIZATION) as tx:
        await tx.execute(insert(rows), made)
    for sort in (way + name for name in listing.sorts for way in ("", "-")):
        async with running.database.of(ORGANIZATION) as tx:
            seen, after = list[Any](), None
            while True:
                page = Page(listing, 7, sort, after)
                columns = listing.columns(sort)
                seen += [tuple(row) for row in await page.read(tx, shown(columns), {})]
                if page.next is None:
                    break
                after = place_of(page.next, sort, len(columns))
            order = [one.desc() if sort[0] == "-" else one.asc() for one in columns]
            everything = [tuple(row) for row in await tx.execute(shown(columns).order_by(*order))]
        assert len(everything) >= 60
        assert seen == everything, sort


def _value(column: Column[Any], table: Table, chance: random.Random) -> Any:
    if column.name == "organization_id":
        return ORGANIZATION
    is_key = any(column.name in one.columns for one in table.constraints if isinstance(one, ColumnCollectionConstraint))
    if isinstance(column.type, Uuid):
        return new_id() if is_key or not column.nullable else None
    if column.nullable and chance.random() < 0.3:
        return None
    if isinstance(column.type, DateTime):
        return NOW + timedelta(microseconds=chance.randrange(3))
    if isinstance(column.type, Numeric):
        return Decimal(chance.choice(["1", "1.5", "2.25"]))
    if isinstance(column.type, Boolean | Integer):
        return chance.choice([False, True]) if isinstance(column.type, Boolean) else chance.randrange(3)
    if type(column.type).__name__ == "JSONB":
        return None
    return (
        uuid4().hex[:6]
        if column.name == "sku"
        else chance.choice(["USD", "EUR"] if column.name == "currency" else "aAbé")
    )
