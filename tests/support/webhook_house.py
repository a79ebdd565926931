"""An organization in test mode with webhooks: the service in process, its sender and its dispatcher beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from common.app import Settlement, settlement
from common.clock import instant_of
from common.consuming import Record, apply
from common.wakeups import Dispatcher
from events.envelope import Envelope, Event
from identity.gateways.webhook_post import WebhookPost
from identity.main import service
from identity.workflows.outgoing_webhooks.courier import Courier
from support.identity_at import Door, IdentityHere
from support.webhook_receiver import WebhookReceiver

BEGIN = "2025-03-01T06:00:00Z"


@dataclass
class WebhookHouse:
    """`door` is open with every permission of the host."""

    identity: IdentityHere
    id: str
    door: Door

    @classmethod
    async def open(cls, identity: IdentityHere, **changes: object) -> WebhookHouse:
        """Its creation has come back from the bus: so the service's copy of the clock is there."""
        opened = await identity.open_organization(clock_at=BEGIN, **changes)
        house = cls(identity, opened["id"], identity.door(identity.key, opened["id"]))
        for event in await identity.published(house.id):
            await house.tell(event)
        return house

    async def webhook(self, receiver: WebhookReceiver, *types: str, **more: object) -> dict[str, Any]:
        body = {"url": receiver.url, "types": list(types) or ["*"]} | more
        made = await self.door.call("POST", "/v1/webhooks", body)
        assert made.status_code == 201, made.text
        told: dict[str, Any] = made.json()
        receiver.secrets = [told["secret"]]
        return told

    async def tell(self, event: Event, event_id: UUID | None = None) -> str:
        """What the consumer does with a fact from the bus, which holds at the clock's instant."""
        at = instant_of(await self.clock())
        kind = event.KIND
        envelope = Envelope(
            id=event_id or uuid4(), type=kind.type, source=kind.owner, subject=event.key, time=at,
            organization_id=UUID(self.id),
        )  # fmt: skip
        record = Record(kind.topic, 0, 0, event.key, envelope.headers(), event.model_dump_json().encode())
        handlers = service.events_in().handlers[kind.type]
        return await apply(self.identity.database, "identity", handlers, record)

    async def clock(self) -> str:
        """Where it stands; of a live organization, where its test began."""
        return str((await self.door.call("GET", f"/v1/organizations/{self.id}")).json()["clock_at"] or BEGIN)

    async def deliveries(self, webhook: dict[str, Any], **query: object) -> list[dict[str, Any]]:
        said = "&".join(f"{name}={value}" for name, value in query.items())
        answer = await self.door.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries?{said}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def read(self, webhook: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = (await self.door.call("GET", f"/v1/webhooks/{webhook['id']}")).json()
        return found

    async def settled(self, within_s: int = 8) -> Settlement:
        """As the driver of test clocks asks: nothing due is open any more."""
        async with asyncio.timeout(within_s):
            while True:
                said = await settlement("identity", self.identity.database, None, None, UUID(self.id))
                if said.open_wakeups == 0:
                    return said
                await asyncio.sleep(0.01)

    async def advance(self, to_at: str) -> list[datetime]:
        """Moves the clock as its driver does, stop by stop; answers the stops at which something fell due."""
        target, stops = instant_of(to_at), list[datetime]()
        while True:
            due_at = (await self.settled()).next_due_at
            stop = min(due_at, target) if due_at else target
            for table in ("hosts", "organizations"):
                statement = f"update {table} set clock_at = :at where organization_id = cast(:o as uuid)"
                await self.identity.sql(statement, at=stop, o=self.id)
            await self.identity.sql("select pg_notify('wakeups', '')")
            if stop == target:
                await self.settled()
                return stops
            stops.append(stop)


@contextlib.asynccontextmanager
async def sending(identity: IdentityHere) -> AsyncIterator[Courier]:
    """The loops of the service that webhooks need."""
    post = WebhookPost(private_networks=True)
    courier = Courier(identity.database, post, identity.app.state.access.sealing)
    dispatcher = Dispatcher("identity", identity.database, None, service.jobs)
    tasks = [asyncio.create_task(courier.run()), asyncio.create_task(dispatcher.run())]
    try:
        yield courier
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await post.close()
