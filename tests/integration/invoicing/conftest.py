"""The invoicing service on the real engines, with a server that keeps its mail, and a host in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hostbook.engines.stack import Stack
from support.billed_house import OPENED, STAFF, Host
from support.one_service import OneService
from support.processes import Program, mail_sink


@pytest_asyncio.fixture(scope="session")
async def post(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Program, Path]]:
    """The mail server and its folder."""
    folder = tmp_path_factory.mktemp("mail")
    async with mail_sink(folder) as sink:
        yield sink, folder


@pytest_asyncio.fixture(scope="session")
async def service(
    engines: Stack,
    kafka: str,
    temporal: str,
    postgres: Stack,
    post: tuple[Program, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[OneService]:
    places = {"SMTP_PORT": str(post[0].port), "DOCUMENTS_DIR": str(tmp_path_factory.mktemp("documents"))}
    running = OneService(engines, "invoicing", **places)
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def host(service: OneService, post: tuple[Program, Path]) -> AsyncIterator[Host]:
    organization_id = await service.open_organization(OPENED)
    async with service.client(organization_id, STAFF) as http:
        yield Host(service, post[1], organization_id, http)
