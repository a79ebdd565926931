"""A host with one customer, as the payments service sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from events.envelope import Event
from events.invoicing import InvoiceIssued, InvoiceSettled
from support.one_service import OneService
from support.stripe_at import Processor

AT = datetime(2025, 4, 1, 14, tzinfo=UTC)
ALL = ("payments.read", "payments.write", "payments.refund", "payment_methods.read", "payment_methods.write")


@dataclass
class House:
    """A host with one customer; `clock_at` is where its clock stands."""

    service: OneService
    stripe: Processor
    id: UUID
    customer_id: UUID
    http: Any
    clock_at: datetime = AT
    invoices: int = field(default=0)

    async def card(self, token: str = "pm_card_visa", *, auto_pay: bool = True, customer_id: UUID | None = None) -> Any:
        body = {"customer_id": str(customer_id or self.customer_id), "token": token, "auto_pay": auto_pay}
        answer = await self.http.post("/v1/payment-methods", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def issue(self, amount: str = "49.99", *, settle: bool = True) -> UUID:
        self.invoices += 1
        invoice = InvoiceIssued(
            invoice_id=uuid4(), customer_id=self.customer_id, number=f"INV-{self.invoices}", currency="USD",
            period="2025-03", issued_on=date(2025, 4, 1), due_on=date(2025, 4, 16), total=amount, amount_due=amount,
        )  # fmt: skip
        await self.service.tell(self.id, invoice, at=self.clock_at)
        if settle:
            await self.service.settled(self.id)
        return invoice.invoice_id

    async def settle(self, invoice_id: UUID) -> None:
        settled = InvoiceSettled(
            invoice_id=invoice_id, customer_id=self.customer_id, number="INV", currency="USD",
            settled_on=self.clock_at.date(),
        )  # fmt: skip
        await self.service.tell(self.id, settled, at=self.clock_at)
        await self.service.settled(self.id)

    async def wait(self, **time: float) -> None:
        """Lets business time pass."""
        to_at = self.clock_at + timedelta(**time)
        await self.service.advance(self.id, self.clock_at, to_at)
        self.clock_at = to_at

    async def events(self) -> list[Event]:
        return await self.service.published("payments.payment", self.id)

    async def charged(self, invoice_id: UUID) -> int:
        """How often the processor took money for the invoice, by its own count."""
        by: Any = (await self.stripe.ask("charges"))["by"]
        return int(by.get("invoice_id", {}).get(str(invoice_id), {"count": 0})["count"])
