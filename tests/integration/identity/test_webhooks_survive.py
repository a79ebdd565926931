"""Webhooks over the real bus, by the service as it runs: a fact that was on its way when it was killed arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest_asyncio

from common.auth import HEADER, Principal, mint
from common.clock import wall_now
from common.db import Database
from events.invoicing import InvoiceIssued
from events.metering import MeterReadingRecorded
from events.samples import sample
from hostbook.engines.stack import Stack
from identity.domain.host import Host, Mode
from identity.store import hosts
from support.one_service import OneService
from support.webhook_receiver import WebhookReceiver


@pytest_asyncio.fixture(scope="module")
async def service(engines: Stack, kafka: str, postgres: Stack) -> AsyncIterator[OneService]:
    running = OneService(engines, "identity", WEBHOOK_PRIVATE_NETWORKS="true")
    await running.start()
    yield running
    await running.stop()


async def opened(service: OneService) -> UUID:
    """A live organization, as the table of the master has it."""
    database, host = Database(service.database_url), Host(uuid4(), "H", f"h-{uuid4().hex[:8]}", "UTC", "USD", Mode.LIVE)
    async with database.of(host.id) as tx:
        await hosts.add(tx, host)
    await database.close()
    return host.id


def signed_in(service: OneService, organization_id: UUID) -> httpx.AsyncClient:
    """Somebody whom the audit log can name, past the gate."""
    caller = Principal(f"user:{uuid4()}", organization_id, frozenset({"webhooks.read", "webhooks.write"}))

    async def signed(request: httpx.Request) -> None:
        request.headers.update({HEADER: mint(caller, service.private_key), "Idempotency-Key": str(uuid4())})

    return httpx.AsyncClient(base_url=service.url, event_hooks={"request": [signed]}, timeout=20)


async def test_what_was_on_its_way_when_the_service_was_killed_arrives_under_the_same_id(service: OneService) -> None:
    organization_id = await opened(service)
    async with WebhookReceiver(answers=[0]) as receiver, signed_in(service, organization_id) as http:
        made = await http.post("/v1/webhooks", json={"url": receiver.url, "types": ["*"]})
        assert made.status_code == 201, made.text
        receiver.secrets, place = [made.json()["secret"]], f"/v1/webhooks/{made.json()['id']}/deliveries"
        at = datetime(2025, 3, 1, tzinfo=UTC)
        facts = [kind.model_validate(sample(kind)) for kind in (MeterReadingRecorded, InvoiceIssued)]
        await service.tell(organization_id, *facts, at=at)
        await receiver.until(1, within_s=20)
        (waiting,) = (await http.get(place)).json()["items"]  # of a read nothing is told
        assert (waiting["state"], waiting["attempts"]) == ("pending", 1)
        assert "interrupted" in waiting["error"]
        await service.kill()
        killed_at = wall_now()
        await service.start()
        first, second = await receiver.until(2, within_s=20)
        assert (first.id, first.body) == (second.id, second.body)
        assert int(second.headers["webhook-timestamp"]) >= int(killed_at.timestamp())
        await service.settled(organization_id)
        (done,) = (await http.get(place)).json()["items"]
        assert (done["state"], done["attempts"]) == ("delivered", 2)
