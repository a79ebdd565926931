"""The services' applications in process, over the databases of a running stack, called with tokens of our own."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from common.app import attach
from common.auth import HEADER, Principal, mint
from common.db import Database, Tenant, Tx
from hostbook.engines.part import SERVICES
from hostbook.engines.stack import Stack

JSON = "application/json"
_WROTE = text("select pg_current_xact_id_if_assigned() is not null")


class Undone(Database):
    """Every transaction ends without having happened; `written` counts those that would have kept something."""

    written = 0

    @asynccontextmanager
    async def transaction(self, tenant: Tenant) -> AsyncIterator[Tx]:
        async with super().transaction(tenant) as tx:
            yield tx
            if (await tx.execute(_WROTE)).scalar():
                self.written += 1
            await tx.rollback()


class Here:
    """All services; with `lasting=False` nothing that they do stays."""

    def __init__(self, stack: Stack, *, lasting: bool) -> None:
        self._key = stack.service_environment("identity")["TOKEN_PRIVATE_KEY"]
        self._databases: list[Database] = []
        self._closing: list[Any] = []
        self._clients = {name: self._client(stack, name, lasting=lasting) for name in SERVICES}

    def _client(self, stack: Stack, name: str, *, lasting: bool) -> httpx.AsyncClient:
        service = importlib.import_module(f"{name}.main").service
        with pytest.MonkeyPatch.context() as patch:
            for key, value in stack.service_environment(name).items():
                patch.setenv(key, value)
            settings = service.settings()
        database = (Database if lasting else Undone)(settings.database_url, pool_size=2)
        self._databases.append(database)
        app, parts = service.app(), service.build(settings, database)
        self._closing += parts.closing
        attach(app, name, database, None, None)
        app.state.public_key = settings.token_public_key
        for key, value in parts.state.items():
            setattr(app.state, key, value)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://matrix", timeout=60)

    async def close(self) -> None:
        for end in (*self._closing, *(database.close for database in self._databases)):
            await end()
        for client in self._clients.values():
            await client.aclose()

    @property
    def written(self) -> int:
        """How many transactions would have kept something by now, had they not been undone."""
        return sum(one.written for one in self._databases if isinstance(one, Undone))

    async def send(self, caller: Principal, service: str, method: str, path: str, **said: Any) -> httpx.Response:
        """A request as it is, signed."""
        signed = {"Idempotency-Key": str(uuid4()), "If-Match": '"1"'} | said.pop("headers", {})
        headers = signed | {HEADER: mint(caller, self._key)}
        return await self._clients[service].request(method, path, headers=headers, **said)

    async def call(
        self, caller: Principal | None, operation: Operation, ids: Mapping[str, str], *, narrowed: bool = True
    ) -> httpx.Response:
        """The operation with its example, every id in path and body replaced by that of `ids` with its name.

        A list is `narrowed` by every id that may be asked for, also by those that only the host may ask for.
        """
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": '"1"'}
        if caller is not None:
            headers[HEADER] = mint(caller, self._key)
        path = re.sub(r"\{(\w+)\}", lambda m: ids.get(m[1]) or str(uuid4()), operation.path)
        body = operation.body(ids)
        return await self._clients[operation.service].request(
            operation.method.upper(), path, headers=headers, json=body, params=operation.query(ids, narrowed=narrowed)
        )


class Operation:
    """One of the common document."""

    def __init__(self, document: Mapping[str, Any], method: str, path: str) -> None:
        self.method, self.path, self._said = method, path, document["paths"][path][method]
        self.service: str = self._said["x-service"]
        self.permission: str = self._said["x-permission"]
        self.name: str = self._said["operationId"]
        content = self._said.get("requestBody", {}).get("content", {}).get(JSON)
        self.schema: Mapping[str, Any] | None = content["schema"] if content else None
        self._body = _shown(document, content) if content else None

    def body(self, ids: Mapping[str, str]) -> Any:
        return _replaced(self._body, "", ids)

    @property
    def queries(self) -> list[str]:
        """Names of the ids that may be asked for."""
        listed = [p for p in self._said["parameters"] if p.get("in") == "query" and p["name"].endswith("_id")]
        return [p["name"] for p in listed]

    def query(self, ids: Mapping[str, str], *, narrowed: bool = True) -> dict[str, str]:
        """What must be said in the query, and the ids that may be."""
        required = [p for p in self._said["parameters"] if p.get("in") == "query" and p.get("required")]
        said = {p["name"]: str(p["example"]) for p in required}
        return said | {name: ids[name] for name in self.queries if name in ids and (narrowed or name in said)}

    @property
    def in_path(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def names(self) -> set[str]:
        """Every id that path, query or body hold."""
        found = {*self.in_path, *self.queries}
        return found | {name for name in _fields(self._body) if name.endswith(("_id", "_ids"))}

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """All, in the order of the document, but streams that never end."""
    return [
        Operation(document, method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if path != "/v1/changes"
    ]


def _shown(document: Mapping[str, Any], content: Mapping[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    name = content["examples"]["example"]["$ref"].rsplit("/", 1)[-1]
    return document["components"]["examples"][name]["value"]


def _replaced(value: Any, name: str, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(inner, key, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, name.removesuffix("s"), ids) for inner in value]
    return ids.get(name, value) if isinstance(value, str) else value


def _fields(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner)


OWN = "select table_name from information_schema.columns where table_schema = 'public' and column_name = $1"


async def fingerprint(stack: Stack, column: str, owner: str) -> dict[str, str]:
    """A hash of each table's rows of an organization, or of a customer, in every database."""
    found = {}
    for service in SERVICES:
        connection = await asyncpg.connect(stack.database_url(service, "superuser"))
        try:
            for (table,) in await connection.fetch(OWN, column):
                rows = await connection.fetch(
                    f'select t::text from "{table}" t where {column} = $1::uuid order by 1', owner
                )
                text = json.dumps([row[0] for row in rows])
                found[f"{service}.{table} ({len(rows)} rows)"] = hashlib.sha256(text.encode()).hexdigest()
        finally:
            await connection.close()
    return found
