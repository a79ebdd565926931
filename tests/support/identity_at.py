"""The identity service in process, behind a door that asks it first as the gateway does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common import migrations
from common.app import attach
from common.auth import HEADER
from common.db import Database, async_url
from events.catalog import EVENTS
from events.envelope import Event
from hostbook.engines.stack import Stack
from identity.bootstrap import arguments, bootstrap
from identity.domain.test_clock import Look
from identity.gateways.password_hashing import PasswordHashing
from identity.main import build, service
from identity.settings import Settings
from identity.store.tables import metadata
from identity.use_cases.post_mail import opened
from support.engines import DatabaseUrls

OUR_ORIGIN = "https://gateway.test"
PASSED_ON = (HEADER, "RateLimit", "RateLimit-Policy")
ADMIN, PASSWORD = "ops@alpha.example", "correct horse battery"
ORGANIZATION = {"name": "Panhandle", "timezone": "America/Chicago", "currency": "USD", "mode": "test"}


def migrate(urls: DatabaseUrls) -> None:
    asyncio.run(migrations.upgrade(urls.owner, "identity", metadata, "identity_app"))


@dataclass
class AtRest:
    """Stands for services that are always idle where the clock stands."""

    clock_at: datetime | None = None
    looks: list[Look] = field(default_factory=list)

    async def look(self, _: UUID) -> list[Look]:
        return self.looks or [Look("metering", self.clock_at, is_idle=True, activity=1)]

    async def lately(self, organization_id: UUID) -> list[Look]:
        return await self.look(organization_id)


@dataclass
class IdentityHere:
    """The application, its database, and the platform administrator's key."""

    urls: DatabaseUrls
    database: Database
    app: FastAPI
    key: str

    @classmethod
    async def open(cls, stack: Stack, urls: DatabaseUrls) -> Self:
        environment = stack.service_environment("identity")
        settings = Settings(
            database_url=urls.app,
            kafka_bootstrap="",
            token_public_key=environment["TOKEN_PUBLIC_KEY"],
            token_private_key=environment["TOKEN_PRIVATE_KEY"],
            payload_key=environment["PAYLOAD_KEY"],
            public_url=OUR_ORIGIN,
            sso_private_networks=True,
            webhook_private_networks=True,
        )
        database, app = Database(urls.app), service.app()
        attach(app, "identity", database, None, None)
        app.state.public_key = settings.token_public_key
        for name, value in build(settings, database).state.items():
            setattr(app.state, name, value)
        # Fast enough for a hundred sign-ins; still the greater part of each, so that what skips it shows.
        app.state.passwords = passwords = PasswordHashing(time_cost=2, memory_mb=16)
        key = await bootstrap(database, passwords, arguments(["--email", ADMIN, "--api-key"]), PASSWORD)
        assert key
        return cls(urls, database, app, key)

    def door(self, credential: str | None = None, organization: str | None = None) -> Door:
        """Calls as somebody: an API key, or a session's cookie as `__Host-hostbook=...` or `__Host-portal-<id>=...`."""
        headers = {}
        if credential and credential.startswith("__Host"):
            headers["Cookie"] = credential
            if credential.startswith("__Host-portal-"):
                headers["X-Hostbook-Portal"] = credential.removeprefix("__Host-portal-").partition("=")[0]
        elif credential:
            headers["Authorization"] = f"Bearer {credential}"
        if organization:
            headers["X-Hostbook-Organization"] = organization
        return Door(self.app, headers)

    async def open_organization(self, **changes: object) -> dict[str, Any]:
        body = ORGANIZATION | {"slug": f"host-{uuid4().hex[:8]}", "clock_at": "2025-03-01T06:00:00Z"} | changes
        answer = await self.door(self.key).call("POST", "/v1/organizations", body)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    async def add_customer(self, organization_id: str) -> UUID:
        """What the consumer does with CustomerRegistered."""
        customer_id = uuid4()
        await self.sql(
            "insert into customers values (:organization, :customer, true, 1)",
            organization=UUID(organization_id),
            customer=customer_id,
        )
        return customer_id

    async def member(self, organization_id: str, role: str, **more: object) -> dict[str, Any]:
        """A member with a password and a session of their own, strong for the host's people: with `cookie` added."""
        body = {"email": f"p{uuid4().hex[:8]}@alpha.example", "name": "P", "role": role, "password": PASSWORD} | more
        made = await self.door(self.key, organization_id).call("POST", "/v1/members", body)
        assert made.status_code == 201, made.text
        audience = "portal" if role.startswith("customer_") else "host"
        cookie = await self.signed_in(str(body["email"]), organization_id, audience=audience)
        member: dict[str, Any] = made.json() | {"cookie": cookie}
        return member

    async def log_in(
        self, email: str, password: str, organization: str | None = None, audience: str = "host", **headers: str
    ) -> httpx.Response:
        body = {"email": email, "password": password, "audience": audience}
        body |= {"organization": organization} if organization else {}
        return await self.door().straight("POST", "/v1/auth/login", body, headers)

    async def signed_in(
        self, email: str = ADMIN, organization: str | None = None, *, audience: str = "host", level: str = "strong"
    ) -> str:
        """The cookie of a session; one of the host's people is taken to have shown a second factor."""
        answer = await self.log_in(email, PASSWORD, organization, audience)
        assert answer.status_code == 204, answer.text
        cookie = answer.headers["set-cookie"].split(";")[0]
        digest = hashlib.sha256(cookie.partition("=")[2].encode()).digest()
        await self.sql("update sessions set level = :level where token_sha256 = :digest", level=level, digest=digest)
        return cookie

    async def letters(self, to: str) -> list[str]:
        """The texts of the mail that is on its way to an address, oldest first; what is read is gone."""
        rows = await self.sql("delete from mails returning mail_id, sealed")
        opened_ = [opened(bytes(sealed), self.app.state.access.sealing) for _, sealed in sorted(rows)]
        return [letter.text for letter in opened_ if letter.to == to]

    async def link(self, to: str) -> str:
        """The secret part of the link in the newest letter to an address."""
        return (await self.letters(to))[-1].partition("#")[2].split()[0].partition("=")[2]

    async def published(self, organization_id: str) -> list[Event]:
        """The organization's events in the outbox, in order."""
        rows = await self.sql(
            "select headers->>'ce_type', body from outbox where organization_id = :o and topic <> 'audit.change'"
            " order by seq",
            o=UUID(organization_id),
        )
        return [EVENTS[kind].model_validate(orjson.loads(body)) for kind, body in rows]

    async def sql(self, statement: str, **values: object) -> list[Any]:
        """As superuser, whom no policy narrows."""
        engine = create_async_engine(async_url(self.urls.superuser), poolclass=NullPool)
        async with engine.begin() as connection:
            done = await connection.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else []

    async def close(self) -> None:
        await self.app.state.settlements.close()
        await self.database.close()


@dataclass
class Door:
    """What Traefik does: ask forward-auth, then pass the call on with the token it gave, or its refusal back."""

    app: FastAPI
    headers: Mapping[str, str]

    async def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = {"Idempotency-Key": str(uuid4())} | dict(self.headers) | dict(headers or {})
        asking = {k: v for k, v in sent.items() if k != "Idempotency-Key"} | {
            "X-Forwarded-Method": method,
            "X-Forwarded-Uri": path,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "gateway.test",
        }
        async with self._client() as client:
            told = await client.get("/internal/forward-auth", headers=asking)
            if told.status_code != 200:
                return told
            passed = {
                name: told.headers[name] for name in (HEADER, "RateLimit", "RateLimit-Policy") if name in told.headers
            }
            return await client.request(method, path, json=body, headers=sent | passed)

    async def straight(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A route that the gateway opens to everybody."""
        async with self._client() as client:
            return await client.request(method, path, json=body, headers=dict(self.headers) | dict(headers or {}))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False), base_url="https://gateway.test"
        )
