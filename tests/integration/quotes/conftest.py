"""The quotes service on the real engines, with a mail sink, and an organization in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from events.contracts import SiteOpened
from events.customers import CustomerRegistered
from hostbook.engines.stack import Stack
from support.one_service import OneService
from support.processes import mail_sink
from support.selling_house import ALL, AT, House


@pytest_asyncio.fixture(scope="session")
async def mail_folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("mail")
    async with mail_sink(folder) as sink:
        yield folder, sink.port


@pytest_asyncio.fixture(scope="session")
async def service(
    engines: Stack, kafka: str, temporal: str, postgres: Stack, mail_folder: tuple[Path, int]
) -> AsyncIterator[OneService]:
    running = OneService(engines, "quotes", SMTP_PORT=str(mail_folder[1]))
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def house(service: OneService, mail_folder: tuple[Path, int]) -> AsyncIterator[House]:
    """An organization with one customer and one site."""
    organization_id = await service.open_organization(AT)
    async with service.client(organization_id, ALL) as http:
        made = House(service, organization_id, http, mail_folder[0])
        registered = CustomerRegistered(
            customer_id=made.customer_id, version=1, name="Alpha", contact_email=f"{made.customer_id.hex}@alpha.test"
        )
        opened = SiteOpened(site_id=made.site_id, version=1, name="Amarillo", code="AMA", timezone="America/Chicago")
        await service.tell(organization_id, registered, opened, at=AT)
        await service.settled(organization_id)
        yield made
