"""The customers service on the real engines with a mail sink, and two hosts in test mode."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from hostbook.engines.stack import Stack
from support.one_service import OneService
from support.processes import mail_sink

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
ALL = ("customers.read", "customers.write")
EVERY = (
    *ALL, "customers.merge", "agreements.read", "agreements.write", "tickets.read", "tickets.write", "tickets.manage",
    "announcements.read", "announcements.write", "activity.read", "alert_preferences.write", "invoices.read",
    "contracts.read", "usage.read", "members.read", "organization.read", "metering_settings.write",
)  # fmt: skip
PORTAL = (
    "customers.read", "agreements.read", "agreements.sign", "tickets.read", "tickets.write", "announcements.read",
    "activity.read", "alert_preferences.write", "invoices.read", "contracts.read", "usage.read",
)  # fmt: skip
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


def file(name: str = "paper.pdf", content: bytes = PDF) -> dict[str, str]:
    return {"name": name, "content": b64encode(content).decode()}


@dataclass
class Book:
    """A host's customers; `http` is signed in with every permission of this service."""

    service: OneService
    id: UUID
    http: Any
    mail_folder: Path = Path()

    def portal(self, customer: Any, permissions: Iterable[str] = PORTAL) -> Any:
        """A client of one of the customer's own people."""
        return self.service.client(self.id, permissions, customer_id=UUID(customer["id"]))

    def mails(self, to: str) -> list[EmailMessage]:
        """What was mailed to an address, in order of arrival."""
        read = [
            message_from_bytes(f.read_bytes(), policy=policy.default) for f in sorted(self.mail_folder.glob("*.eml"))
        ]
        return [mail for mail in read if mail["To"] == to]

    async def settled(self) -> None:
        await self.service.settled(self.id)

    async def told(self, topic: str, kind: type) -> list[Any]:
        """The facts of a kind that went out for this host."""
        await self.settled()
        return [e for e in await self.service.published(topic, self.id) if isinstance(e, kind)]

    async def add(self, **fields: Any) -> Any:
        body = {"name": "Alpha Digital LLC", "contact_email": "ops@alpha.example"} | fields
        answer = await self.http.post("/v1/customers", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def change(self, customer: Any, **fields: Any) -> Any:
        version = {"If-Match": f'"{customer["version"]}"'}
        return await self.http.patch(f"/v1/customers/{customer['id']}", json=fields, headers=version)


@pytest_asyncio.fixture(scope="session")
async def mail_folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("mail")
    async with mail_sink(folder) as sink:
        yield folder, sink.port


@pytest_asyncio.fixture(scope="session")
async def service(
    engines: Stack, kafka: str, temporal: str, postgres: Stack, mail_folder: tuple[Path, int]
) -> AsyncIterator[OneService]:
    running = OneService(
        engines, "customers", SMTP_PORT=str(mail_folder[1]), CHANGES_LIFETIME_S="2", CHANGES_HEARTBEAT_S="1"
    )
    await running.start()
    yield running
    await running.stop()


async def opened(service: OneService, folder: Path) -> AsyncIterator[Book]:
    organization_id = await service.open_organization(AT)
    async with service.client(organization_id, EVERY) as http:
        yield Book(service, organization_id, http, folder)


@pytest_asyncio.fixture(scope="session")
async def book(service: OneService, mail_folder: tuple[Path, int]) -> AsyncIterator[Book]:
    async for one in opened(service, mail_folder[0]):
        yield one


@pytest_asyncio.fixture(scope="session")
async def other(service: OneService, mail_folder: tuple[Path, int]) -> AsyncIterator[Book]:
    async for one in opened(service, mail_folder[0]):
        yield one


@pytest_asyncio.fixture
async def fresh(service: OneService, mail_folder: tuple[Path, int]) -> AsyncIterator[Book]:
    """A host whose clock the test may move."""
    async for one in opened(service, mail_folder[0]):
        yield one
