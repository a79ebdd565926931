"""A host as the contracts service sees it: one customer, one site, machines on outlets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from events.customers import CustomerRegistered
from events.envelope import Event
from events.metering import ChannelOpened
from support.one_service import OneService

E = TypeVar("E", bound=Event)
AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
ALL = (
    "sites.read", "sites.write", "units.read", "units.write",
    "contracts.read", "contracts.write", "contracts.activate",
)  # fmt: skip


@dataclass
class ContractingHost:
    """`http` is signed in with every permission of this service; `clock_at` is where the host's clock stands."""

    service: OneService
    id: UUID
    customer_id: UUID
    http: Any
    site_id: str = ""
    clock_at: datetime = AT

    async def post(self, path: str, body: dict[str, Any], *, status: int = 201) -> Any:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def put(self, path: str, body: dict[str, Any], version: int, *, status: int = 200) -> Any:
        answer = await self.http.put(path, json=body, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def unit(self, *, fed: bool = True, **fields: Any) -> str:
        """A machine of the customer's, on a metered outlet unless said otherwise; answers its id."""
        body = {"name": f"M-{uuid4().hex[:8]}", "model": "S21", "site_id": self.site_id, "rated_w": "3500"}
        body |= {"rated_ths": "200", "customer_id": str(self.customer_id)} | fields
        unit_id = str((await self.post("/v1/units", body))["id"])
        if fed:
            opened = ChannelOpened(channel_id=uuid4(), unit_id=UUID(unit_id), pdu_id=uuid4(), outlet="A-1")
            await self.service.tell(self.id, opened, at=self.clock_at)
            await self.service.settled(self.id)
        return unit_id

    def fields(self, **changes: Any) -> dict[str, Any]:
        """A hosted contract by meter at 0.07, with changes; None leaves a field out."""
        body = {"customer_id": str(self.customer_id), "type": "hosted", "start_on": "2025-03-01"}
        body |= {"rate_per_kwh": "0.07", "billing_methods": ["metered"]} | changes
        return {name: value for name, value in body.items() if value is not None}

    async def draft(self, *unit_ids: str, **changes: Any) -> Any:
        """A draft with the units reserved."""
        made = await self.post("/v1/contracts", self.fields(**changes))
        if not unit_ids:
            return made
        return await self.put(f"/v1/contracts/{made['id']}/units", {"unit_ids": list(unit_ids)}, made["version"])

    async def active(self, *unit_ids: str, **changes: Any) -> Any:
        made = await self.draft(*unit_ids, **changes)
        return await self.post(f"/v1/contracts/{made['id']}/activate", {}, status=200)

    async def wait_until(self, to_at: datetime) -> None:
        """Lets business time pass, a day at a time."""
        while self.clock_at < to_at:
            step = min(to_at, self.clock_at + timedelta(days=20))
            await self.service.advance(self.id, self.clock_at, step)
            self.clock_at = step

    async def told(self, kind: type[E]) -> list[E]:
        """The events of that kind, once everything has settled."""
        await self.service.settled(self.id)
        return [e for e in await self.service.published(kind.KIND.topic, self.id) if isinstance(e, kind)]


async def open_host(service: OneService, **organization: Any) -> ContractingHost:
    """A fresh organization in test mode with a customer and a site."""
    organization_id, customer_id = await service.open_organization(AT, **organization), uuid4()
    registered = CustomerRegistered(customer_id=customer_id, version=1, name="Alpha", contact_email="a@alpha.example")
    await service.tell(organization_id, registered, at=AT)
    await service.settled(organization_id)
    host = ContractingHost(service, organization_id, customer_id, service.client(organization_id, ALL))
    site = {"name": "Amarillo 1", "code": "AMA-1", "timezone": "America/Chicago", "capacity_kw": "5000"}
    host.site_id = (await host.post("/v1/sites", site))["id"]
    return host
