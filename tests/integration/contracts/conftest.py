"""The contracts service on the real engines, and a host in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from hostbook.engines.stack import Stack
from support.contracting_host import ContractingHost, open_host
from support.one_service import OneService


@pytest_asyncio.fixture(scope="session")
async def service(engines: Stack, kafka: str, temporal: str, postgres: Stack) -> AsyncIterator[OneService]:
    running = OneService(engines, "contracts")
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
