"""A host as the contracts service sees it: one customer, one site, machines on outlets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from events import contracts
from events.customers import CustomerRegistered
from events.envelope import Event
from events.metering import ChannelOpened
from support.one_service import OneService

E = TypeVar("E", bound=Event)
AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
ALL = (
    "sites.read", "sites.write", "units.read", "units.write",
    "contracts.read", "contracts.write", "contracts.activate", "rates.override",
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
    mail_dir: Path | None = None

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

    async def refused(self, method: str, path: str, body: Any = None, *, version: int | None = None) -> Any:
        """The problem of a call that must not go through; it says which field, and what would be right."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert 400 <= answer.status_code < 500, answer.text
        problem = answer.json()
        assert problem["detail"], problem
        assert all(e["field"] and e["message"] and e["remedy"] for e in problem.get("errors", [])), problem
        return problem

    async def moved(self, contract: Any, move: str, body: Any = None, *, status: int = 200) -> Any:
        """`POST /v1/contracts/{id}/<move>`."""
        return await self.post(f"/v1/contracts/{contract['id']}/{move}", body or {}, status=status)

    async def read(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def subjects(self) -> list[str]:
        """Of the mail to this host's customer, in order."""
        assert self.mail_dir is not None
        index = self.mail_dir / "index.jsonl"
        rows = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
        return [row["subject"] for row in rows if self.customer_id.hex in str(row)]

    async def story(self) -> list[str]:
        """Every fact of this service so far in few words, by contract: `ContractAmended renewed 2025-05-30`."""
        await self.service.settled(self.id)
        facts: list[Event] = []
        for topic in ("contracts.contract", "contracts.unit"):
            facts += await self.service.published(topic, self.id)
        return [words for fact in facts if (words := _words(fact))]

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


def _words(fact: Event) -> str:
    """What happened, and the one figure that matters; registrations of machines are left out."""
    name = type(fact).__name__
    if isinstance(fact, contracts.ContractAmended):
        return f"{name} {fact.change} {fact.terms.end_on or 'open'}"
    if isinstance(fact, contracts.ContractReminded):
        return f"{name} {fact.about} {fact.due_on} in {fact.days_before}"
    if isinstance(fact, contracts.ChargeAgreed):
        return f"{name} {fact.charge} {fact.amount}"
    if isinstance(fact, contracts.ContractNoticeGiven):
        return f"{name} {fact.ends_on or 'later'}"
    if isinstance(fact, contracts.ContractEnded):
        return f"{name} {fact.reason}"
    return "" if isinstance(fact, contracts.UnitRegistered) else name


async def open_host(service: OneService, mail_dir: Path | None = None, **organization: Any) -> ContractingHost:
    """A fresh organization in test mode with a customer and a site."""
    organization_id, customer_id = await service.open_organization(AT, **organization), uuid4()
    email = f"{customer_id.hex}@alpha.example"
    registered = CustomerRegistered(customer_id=customer_id, version=1, name="Alpha", contact_email=email)
    await service.tell(organization_id, registered, at=AT)
    await service.settled(organization_id)
    host = ContractingHost(service, organization_id, customer_id, service.client(organization_id, ALL))
    host.mail_dir = mail_dir
    site = {"name": "Amarillo 1", "code": "AMA-1", "timezone": "America/Chicago", "capacity_kw": "5000"}
    host.site_id = (await host.post("/v1/sites", site))["id"]
    return host
