"""The customers service on the real engines, and two hosts in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest_asyncio

from hostbook.engines.stack import Stack
from support.one_service import OneService

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
ALL = ("customers.read", "customers.write")


@dataclass
class Book:
    """A host's customers; `http` is signed in with every permission of this service."""

    service: OneService
    id: UUID
    http: Any

    async def add(self, **fields: Any) -> Any:
        body = {"name": "Alpha Digital LLC", "contact_email": "ops@alpha.example"} | fields
        answer = await self.http.post("/v1/customers", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def change(self, customer: Any, **fields: Any) -> Any:
        version = {"If-Match": f'"{customer["version"]}"'}
        return await self.http.patch(f"/v1/customers/{customer['id']}", json=fields, headers=version)


@pytest_asyncio.fixture(scope="session")
async def service(engines: Stack, kafka: str, postgres: Stack) -> AsyncIterator[OneService]:
    running = OneService(engines, "customers")
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="session")
async def book(service: OneService) -> AsyncIterator[Book]:
    organization_id = await service.open_organization(AT)
    async with service.client(organization_id, ALL) as http:
        yield Book(service, organization_id, http)


@pytest_asyncio.fixture(scope="session")
async def other(service: OneService) -> AsyncIterator[Book]:
    organization_id = await service.open_organization(AT)
    async with service.client(organization_id, ALL) as http:
        yield Book(service, organization_id, http)
