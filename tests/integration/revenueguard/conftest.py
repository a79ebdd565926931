"""The revenueguard service on the real engines, with a mail sink, and debtors of a host in test mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from events.customers import CustomerRegistered
from events.envelope import Event
from events.invoicing import InvoiceIssued, InvoiceOverdue, InvoiceSettled
from hostbook.engines.stack import Stack
from support.one_service import OneService
from support.processes import Program, mail_sink

ALL = ("guard.read", "guard.write", "redirects.read", "redirects.write")
DUE_ON = date(2025, 4, 16)
AT = datetime(2025, 4, 17, 5, 30, tzinfo=UTC)
"""Half past midnight after the due date: when invoicing says that an invoice is overdue."""


@dataclass
class Debtor:
    """A customer of a host; `clock_at` is where the host's clock stands."""

    service: OneService
    id: UUID
    customer_id: UUID
    http: Any
    mail_folder: Path
    clock_at: datetime = AT
    invoices: int = 0

    @property
    def path(self) -> str:
        return f"/v1/delinquency/{self.customer_id}"

    async def owes(self, balance: str = "96.80", *, currency: str = "USD", due_on: date = DUE_ON) -> UUID:
        """An invoice that is overdue."""
        self.invoices += 1
        about = {
            "invoice_id": uuid4(), "customer_id": self.customer_id, "number": f"INV-{self.invoices}",
            "currency": currency, "due_on": due_on,
        }  # fmt: skip
        amounts = {"total": balance, "amount_due": balance}
        issued = InvoiceIssued.model_validate(about | amounts | {"period": "2025-03", "issued_on": date(2025, 4, 1)})
        await self.hear(issued, InvoiceOverdue.model_validate(about | {"balance": balance}))
        return issued.invoice_id

    async def is_in_default(self) -> UUID:
        """By hand, with an invoice overdue."""
        invoice_id = await self.owes()
        declared = await self.http.post(f"{self.path}/default", json={"reason": "Cheque returned twice."})
        assert declared.status_code == 200, declared.text
        return invoice_id

    async def pays(self, invoice_id: UUID) -> None:
        settled = InvoiceSettled(
            invoice_id=invoice_id, customer_id=self.customer_id, number="INV", currency="USD",
            settled_on=self.clock_at.date(),
        )  # fmt: skip
        await self.hear(settled)

    async def hear(self, *facts: Event) -> None:
        await self.service.tell(self.id, *facts, at=self.clock_at)
        await self.service.settled(self.id)

    async def wait(self, **time: float) -> None:
        """Lets business time pass."""
        to_at = self.clock_at + timedelta(**time)
        await self.service.advance(self.id, self.clock_at, to_at)
        self.clock_at = to_at

    async def told(self) -> list[str]:
        """The names of this service's events about the customer so far."""
        events = await self.service.published("revenueguard.customer", self.id)
        return [f"{type(e).__name__} {getattr(e, 'step', '')}".strip() for e in events]

    async def standing(self) -> Any:
        answer = await self.http.get(self.path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def mails(self) -> list[Message]:
        kept = [message_from_string(file.read_text()) for file in sorted(self.mail_folder.glob("*.eml"))]
        return [mail for mail in kept if mail["To"] == f"{self.customer_id.hex}@alpha.test"]


@pytest_asyncio.fixture(scope="session")
async def post(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, Program]]:
    folder = tmp_path_factory.mktemp("mail")
    async with mail_sink(folder) as sink:
        yield folder, sink


@pytest_asyncio.fixture(scope="session")
async def service(
    engines: Stack, kafka: str, temporal: str, postgres: Stack, post: tuple[Path, Program]
) -> AsyncIterator[OneService]:
    running = OneService(engines, "revenueguard", SMTP_PORT=str(post[1].port))
    await running.start()
    yield running
    await running.stop()


async def new_debtor(service: OneService, folder: Path, organization_id: UUID | None = None) -> Debtor:
    organization_id = organization_id or await service.open_organization(AT)
    customer_id = uuid4()
    registered = CustomerRegistered(
        customer_id=customer_id, version=1, name="Alpha", contact_email="ops@alpha.test",
        billing_email=f"{customer_id.hex}@alpha.test",
    )  # fmt: skip
    await service.tell(organization_id, registered, at=AT)
    await service.settled(organization_id)
    return Debtor(service, organization_id, customer_id, service.client(organization_id, ALL), folder)


@pytest_asyncio.fixture
async def debtor(service: OneService, post: tuple[Path, Program]) -> AsyncIterator[Debtor]:
    made = await new_debtor(service, post[0])
    yield made
    await made.http.aclose()
