"""The metering service as a real process on real Kafka and PostgreSQL; each test has an organization of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from hostbook.engines.stack import Stack
from support.metering_house import START, House
from support.one_service import OneService


@pytest.fixture(scope="session")
async def service(engines: Stack, postgres: Stack, kafka: str) -> AsyncIterator[OneService]:
    one = OneService(engines, "metering", PUBLISH_DEADLINE_S="2", ALLOW_PRIVATE_ADDRESSES="true")
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
def new_house(service: OneService) -> Callable[[], Awaitable[House]]:
    async def make() -> House:
        return House(service, await service.open_organization(START))

    return make


@pytest.fixture
async def house(new_house: Callable[[], Awaitable[House]]) -> House:
    """Two metered units on one PDU, under a contract with all methods."""
    made = await new_house()
    await made.register(2)
    await made.plug("PDU-A", list(made.units))
    return made
