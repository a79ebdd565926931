"""The contracts service on the real engines, and a host in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hostbook.engines.stack import Stack
from support.contracting_host import ContractingHost, open_host
from support.one_service import OneService
from support.processes import mail_sink


@pytest_asyncio.fixture(scope="session")
async def mail_folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("mail")
    async with mail_sink(folder) as sink:
        yield folder, sink.port


@pytest_asyncio.fixture(scope="session")
async def service(
    engines: Stack, kafka: str, temporal: str, postgres: Stack, mail_folder: tuple[Path, int]
) -> AsyncIterator[OneService]:
    running = OneService(engines, "contracts", SMTP_PORT=str(mail_folder[1]))
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module")
async def host(service: OneService) -> AsyncIterator[ContractingHost]:
    opened = await open_host(service)
    yield opened
    await opened.http.aclose()


@pytest_asyncio.fixture(scope="module")
async def other(service: OneService) -> AsyncIterator[ContractingHost]:
    opened = await open_host(service)
    yield opened
    await opened.http.aclose()
