"""The payments service on the real engines, with the card processor's fake, and an organization in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio

from events.customers import CustomerRegistered
from hostbook.engines.stack import Stack
from hostbook.fakes.otlp.receiver import Receiver
from support.one_service import OneService
from support.paying_house import ALL, AT, House
from support.stripe_at import Processor, fake


@pytest_asyncio.fixture(scope="module")
async def stripe_fake(tmp_path_factory: pytest.TempPathFactory, service_url: str) -> AsyncIterator[Processor]:
    options = ("--webhook-url", f"{service_url}/hooks/stripe", "--webhook-secret", "whsec_test", "--settle-ms", "100")
    running = await fake(tmp_path_factory.mktemp("stripe"), *options, "--webhook-delay-ms", "30")
    yield running
    assert running.program
    await running.program.stop()


@pytest.fixture(scope="module")
def service_url(engines: Stack) -> str:
    return f"http://127.0.0.1:{engines.service_environment('payments')['PORT']}"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def service(
    engines: Stack, kafka: str, temporal: str, postgres: Stack, stripe_fake: Processor, receiver: Receiver
) -> AsyncIterator[OneService]:
    secrets = {"STRIPE_API_KEY": "sk_test_local", "STRIPE_WEBHOOK_SECRET": "whsec_old,whsec_test"}
    places = {"STRIPE_API_BASE": stripe_fake.url, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}
    running = OneService(engines, "payments", **places, **secrets)
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def house(service: OneService, stripe_fake: Processor) -> AsyncIterator[House]:
    organization_id, customer_id = await service.open_organization(AT), uuid4()
    registered = CustomerRegistered(customer_id=customer_id, version=1, name="Permian", contact_email="a@permian.test")
    await service.tell(organization_id, registered, at=AT)
    await service.settled(organization_id)
    async with service.client(organization_id, ALL) as http:
        yield House(service, stripe_fake, organization_id, customer_id, http)
