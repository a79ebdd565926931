"""A host as the invoicing service sees it: customers, contracts, usage and payments come as events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from common.clock import day_end, day_start
from common.db import new_id
from events.contracts import ContractActivated, ContractAmended, ContractTerms, RateFrom, UnitRegistered
from events.customers import CustomerRegistered
from events.envelope import Event
from events.identity import ClockAdvanced
from events.metering import MethodUsage, UsageDayClosed, UsageMeasured
from events.payments import PaymentReversed, PaymentSucceeded
from support.one_service import OneService

ZONE = "America/Chicago"
OPENED = datetime(2025, 3, 30, 12, tzinfo=UTC)
APRIL = datetime(2025, 4, 1, 12, tzinfo=UTC)
MAY = datetime(2025, 5, 1, 12, tzinfo=UTC)
LAST_DAYS = [date(2025, 3, 30), date(2025, 3, 31)]
STAFF = (
    "invoices.read", "invoices.write", "invoices.release", "invoices.cancel", "invoices.write_off",
    "billing_settings.write", "credit.read",
    "credit.write", "charges.write", "ledger.read", "sites.read", "sites.write",
)  # fmt: skip
PORTAL = ("invoices.read", "credit.read")


def terms_of(customer_id: UUID, **changes: Any) -> ContractTerms:
    """A hosted contract from 1 March 2025 on: metered, then hash, 0.08 a kWh."""
    start_on = changes.pop("start_on", date(2025, 3, 1))
    rate = changes.pop("rate", "0.08")
    start_at = day_start(start_on, ZONE)
    values: dict[str, Any] = {
        "number": f"C-{uuid4().hex[:6]}", "customer_id": customer_id, "type": "hosted", "start_on": start_on,
        "end_on": None, "start_at": start_at, "end_at": None, "currency": "USD", "timezone": ZONE,
        "rates": [RateFrom(from_at=start_at, rate_per_kwh=rate)], "billing_methods": ["metered", "hash"],
    }  # fmt: skip
    return ContractTerms(**(values | changes))


def used(contract_id: UUID, customer_id: UUID, unit_id: UUID, day: date, kwh: str, **changes: Any) -> UsageMeasured:
    """A unit's local day, all of it metered."""
    from_at, to_at = changes.pop("from_at", day_start(day, ZONE)), changes.pop("to_at", day_end(day, ZONE))
    hours = str(int((to_at - from_at).total_seconds() // 3600))
    values: dict[str, Any] = {
        "contract_id": contract_id, "customer_id": customer_id, "unit_id": unit_id, "day": day, "from_at": from_at,
        "to_at": to_at, "revision": 1, "rated_w": "3500", "rated_ths": "200", "unbilled_hours": "0",
        "by_method": {"metered": MethodUsage(energy_kwh=kwh, hours=hours)}, "compared_billed_kwh": kwh,
        "compared_pdu_kwh": kwh, "compared_hours": hours, "up_hours": hours, "down_hours": "0", "unknown_hours": "0",
    }  # fmt: skip
    return UsageMeasured(**(values | changes))


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


@dataclass(frozen=True, slots=True)
class Billed:
    """A customer with a contract and its units."""

    id: UUID
    contract_id: UUID
    units: list[UUID]


@dataclass
class Host:
    """A host in test mode; `clock_at` is where its clock stands. `mail` is where letters to its customers lie."""

    service: OneService
    mail: Path
    id: UUID
    http: Any
    clock_at: datetime = OPENED
    spans: set[tuple[date, UUID, datetime]] = field(default_factory=set)
    sites: dict[UUID, UUID] = field(default_factory=dict)

    def site_of(self, unit_id: UUID) -> UUID:
        return self.sites[unit_id]

    async def tell(self, *facts: Event, at: datetime | None = None) -> None:
        for fact in facts:
            if isinstance(fact, UsageMeasured):
                self.spans.add((fact.day, fact.unit_id, fact.from_at))
        await self.service.tell(self.id, *facts, at=at or self.clock_at)
        await self.settled()

    async def customer(self, name: str = "Permian", **changes: Any) -> UUID:
        customer_id: UUID = changes.pop("customer_id", None) or new_id()
        values = {"version": 1, "name": name, "contact_email": self.address(name)}
        await self.tell(CustomerRegistered(customer_id=customer_id, **(values | changes)))
        return customer_id

    async def contract(self, customer_id: UUID, units: int = 1, **changes: Any) -> tuple[UUID, list[UUID]]:
        """An active contract and its units' ids."""
        contract_id, unit_ids = new_id(), [new_id() for _ in range(units)]
        site_id = changes.pop("site_id", None) or new_id()
        self.sites.update(dict.fromkeys(unit_ids, site_id))
        registered = [
            UnitRegistered(
                unit_id=unit_id, version=1, name=f"rig-{n + 1}", model="S21", site_id=site_id, rated_w="3500",
                rated_ths="200", owner="customer",
            )
            for n, unit_id in enumerate(unit_ids)
        ]  # fmt: skip
        activated = ContractActivated(contract_id=contract_id, version=1, terms=terms_of(customer_id, **changes))
        await self.tell(*registered, activated)
        return contract_id, unit_ids

    async def amend(self, contract_id: UUID, version: int, effective_at: datetime, terms: ContractTerms) -> None:
        await self.tell(
            ContractAmended(contract_id=contract_id, version=version, effective_at=effective_at, terms=terms)
        )

    async def use(
        self, contract_id: UUID, customer_id: UUID, unit_ids: list[UUID], days: list[date], kwh: str = "80"
    ) -> None:
        await self.tell(*(used(contract_id, customer_id, u, day, kwh) for day in days for u in unit_ids))

    async def close(self, days: list[date]) -> None:
        """Metering says that the days are complete, each with as many spans as were told."""
        await self.tell(*(UsageDayClosed(organization_id=self.id, day=d, span_count=self._count(d)) for d in days))

    def _count(self, day: date) -> int:
        return sum(1 for of, _, _ in self.spans if of == day)

    async def until(self, to_at: datetime) -> None:
        """Lets business time pass."""
        moved = ClockAdvanced(organization_id=self.id, from_at=self.clock_at, to_at=to_at)
        await self.service.tell(self.id, moved, at=to_at)
        self.clock_at = to_at
        await self.settled(clock_at=to_at)

    async def settled(self, **wanted: Any) -> None:
        await self.service.settled(self.id, within_s=90, **wanted)

    async def pay(self, customer_id: UUID, amount: str, **changes: Any) -> PaymentSucceeded:
        values: dict[str, Any] = {
            "payment_id": uuid4(), "customer_id": customer_id, "amount": amount, "currency": "USD",
            "processor": "wire", "received_at": self.clock_at,
        }  # fmt: skip
        paid = PaymentSucceeded(**(values | changes))
        await self.tell(paid)
        return paid

    async def take_back(self, paid: PaymentSucceeded, amount: str | None = None, reason: str = "returned") -> None:
        facts = paid.model_dump(include={"payment_id", "customer_id", "invoice_id", "currency", "processor"})
        await self.tell(PaymentReversed(**facts, amount=amount or paid.amount, reason=reason))

    async def billed(self, period: str, **changes: Any) -> Any:
        """A run on demand, finished."""
        answer = await self.http.post("/v1/billing-runs", json={"period": period, **changes})
        assert answer.status_code == 202, answer.text
        await self.settled()
        return (await self.http.get(f"/v1/billing-runs/{answer.json()['id']}")).json()

    async def month(self, name: str = "Permian", kwh: str = "1250", units: int = 1, **changes: Any) -> Billed:
        """A customer with a contract and usage on the last two days of March, the first that metering knows."""
        customer_id = await self.customer(name)
        contract_id, unit_ids = await self.contract(customer_id, units, **changes)
        await self.use(contract_id, customer_id, unit_ids, LAST_DAYS, kwh)
        await self.close(LAST_DAYS)
        return Billed(customer_id, contract_id, unit_ids)

    async def april_is_over(self) -> None:
        """April is closed as far as it was used, and May has begun."""
        await self.close(days_from(date(2025, 4, 1), 30))
        await self.until(MAY)

    async def invoices(self, **filters: Any) -> list[Any]:
        answer = await self.http.get("/v1/invoices", params={k: str(v) for k, v in filters.items()})
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["items"]
        return found

    async def invoice(self, **filters: Any) -> Any:
        """The only one."""
        (found,) = await self.invoices(**filters)
        return found

    async def do(self, path: str, status: int = 200, **body: Any) -> Any:
        """A POST that is answered so."""
        answer = await self.http.post(path, json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def ledger(self, customer_id: UUID) -> list[Any]:
        answer = await self.http.get("/v1/ledger", params={"customer_id": str(customer_id), "limit": 200})
        found: list[Any] = answer.json()["items"]
        return found

    async def credit(self, customer_id: UUID, currency: str = "USD") -> str:
        answer = await self.http.get("/v1/credits", params={"customer_id": str(customer_id), "currency": currency})
        assert answer.status_code == 200, answer.text
        balance: str = answer.json()["balance"]
        return balance

    async def events(self, topic: str = "invoicing.invoice") -> list[Event]:
        return await self.service.published(topic, self.id)

    async def verbs(self) -> list[str]:
        """What was said of invoices, in order."""
        return [event.KIND.verb for event in await self.events()]

    def address(self, name: str) -> str:
        """Where a customer of this host reads mail."""
        return f"{name.lower()}@{self.id.hex[:12]}.test"

    async def letters(self, name: str = "Permian") -> list[EmailMessage]:
        to = self.address(name)
        found = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in sorted(self.mail.glob("*.eml"))]
        return [letter for letter in found if isinstance(letter, EmailMessage) and letter["To"] == to]

    async def database(self, *, customer_id: UUID | None = None) -> asyncpg.Connection:
        """A connection as the service's own role, for this organization (and customer)."""
        connection = await asyncpg.connect(self.service.database_url)
        await connection.execute("select set_config('app.organization_id', $1, false)", str(self.id))
        if customer_id is not None:
            await connection.execute("select set_config('app.customer_id', $1, false)", str(customer_id))
        return connection
