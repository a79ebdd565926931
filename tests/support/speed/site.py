"""A site under test: API and consumers as processes of their own, behind the gateway, with a live organization."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from common.auth import HEADER, Principal, mint
from common.clock import wall_now
from common.outbox import new_producer
from events.contracts import SiteOpened, UnitAssigned, UnitRegistered
from events.envelope import Envelope, Event
from hostbook.demo.api import Api
from hostbook.engines.stack import Stack
from support.metering_house import PERMISSIONS, activated
from support.roles import Roles

OUTLETS, PDUS = 24, 100


class Site:
    """`pdus` are the ids; on the first outlet of the last one hangs the one unit that is billed from the start."""

    def __init__(self, stack: Stack, roles: Roles, api: Api) -> None:
        self.stack, self.roles, self.gateway = stack, roles, api
        self.organization_id, self.site_id = uuid4(), uuid4()
        self.customer_id, self.contract_id, self.unit_id = uuid4(), uuid4(), uuid4()
        self.pdus: list[str] = []
        self.key = stack.service_environment("identity")["TOKEN_PRIVATE_KEY"]

    def token(self) -> dict[str, str]:
        """The header that the gateway would add."""
        return {HEADER: mint(Principal("key:bench", self.organization_id, frozenset(PERMISSIONS)), self.key)}

    def client(self) -> httpx.AsyncClient:
        """Calls the API without the gateway."""

        async def signed(request: httpx.Request) -> None:
            request.headers.update(self.token() | {"Idempotency-Key": str(uuid4())})

        return httpx.AsyncClient(base_url=self.roles.url("api"), event_hooks={"request": [signed]}, timeout=60)

    async def tell(self, *facts: Event) -> None:
        """Facts of other services."""
        producer = new_producer(self.stack.address("kafka"))
        await producer.start()
        for fact in facts:
            envelope = Envelope(
                id=uuid4(), type=fact.KIND.type, source="bench", subject=fact.key, time=wall_now(),
                organization_id=self.organization_id,
            )  # fmt: skip
            headers = [(name, text.encode()) for name, text in envelope.headers().items()]
            body = fact.model_dump_json().encode()
            await producer.send_and_wait(fact.KIND.topic, body, key=fact.key.encode(), headers=headers)
        await producer.stop()

    async def open(self) -> None:
        """A live organization, made through the gateway, a unit on a contract since yesterday, and the PDUs."""
        fields = {
            "slug": f"b-{uuid4().hex[:10]}",
            "name": "Bench",
            "timezone": "UTC",
            "currency": "USD",
            "mode": "live",
        }
        made = await asyncio.to_thread(
            self.gateway.post, "/v1/organizations", fields | {"billing_day": 1, "due_days": 15}
        )
        self.organization_id = UUID(made["id"])
        self.gateway.of_organization(made["id"])
        begun_at = wall_now() - timedelta(days=1)
        site = SiteOpened(site_id=self.site_id, version=1, name="Site", code="S", timezone="UTC")
        contract = activated(self.contract_id, self.customer_id, start_at=begun_at, methods=["metered"])
        await self.tell(site, *self.unit(self.unit_id, "M", begun_at, rated_w="100000000"), contract)
        async with self.client() as client:
            for number in range(PDUS + 1):
                self.pdus.append(await self._pdu(client, number))
            channel = {"pdu_id": self.pdus[-1], "position": 1, "outlet": "X", "unit_id": str(self.unit_id)}
            (await client.post("/v1/channels", json={"channels": [channel]})).raise_for_status()

    async def _pdu(self, client: httpx.AsyncClient, number: int) -> str:
        register = {"tick_kwh": "0.001", "modulus_kwh": "4294967.296"}
        body = {"name": f"PDU-{number}", "site_id": str(self.site_id), "outlet_count": OUTLETS, **register}
        while True:
            answer = await client.post("/v1/pdus", json=body)
            if answer.status_code != 404:  # the organization is on its way
                made: str = answer.raise_for_status().json()["id"]
                return made
            await asyncio.sleep(0.1)

    def unit(self, unit_id: UUID, name: str, from_at: Any, rated_w: str = "3500") -> tuple[Event, Event]:
        """A unit, and that it is on the contract from an instant on."""
        registered = UnitRegistered(
            unit_id=unit_id, version=1, name=name, model="S21", site_id=self.site_id, rated_w=rated_w,
            rated_ths="200", owner="host",
        )  # fmt: skip
        assigned = UnitAssigned(
            assignment_id=uuid4(), unit_id=unit_id, contract_id=self.contract_id, customer_id=self.customer_id,
            from_at=from_at,
        )  # fmt: skip
        return registered, assigned

    async def collector_keys(self, count: int) -> list[dict[str, str]]:
        """API keys of so many collectors, as the header that each sends."""

        def make() -> list[str]:
            wanted = {"name": "collector", "role": "collector"}
            return [self.gateway.post("/v1/api-keys", wanted)["key"] for _ in range(count)]

        return [{"Authorization": f"Bearer {key}"} for key in await asyncio.to_thread(make)]


@asynccontextmanager
async def open_site(stack: Stack) -> AsyncIterator[tuple[Site, Any]]:
    """A site with its API and one consumer running, and a connection to its database as superuser."""
    roles = Roles(stack, "metering", ("api", "consumer", "consumer-2"), {"api": stack.port("metering")})
    await roles.migrate()
    admin = await asyncpg.connect(stack.database_url("metering", "superuser"))
    try:
        await roles.start("api", "consumer")
        with await asyncio.to_thread(Api.of_platform, stack) as api:
            site = Site(stack, roles, api)
            await site.open()
            yield site, admin
    finally:
        await admin.close()
        await roles.stop()


async def until(is_so: Callable[[], Awaitable[bool]], pause_s: float = 0.05) -> None:
    """Ask until it is so."""
    while not await is_so():  # noqa: ASYNC110 - what it waits for happens in another process
        await asyncio.sleep(pause_s)
