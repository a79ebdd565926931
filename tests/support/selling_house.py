"""An organization that sells machines, and the calls of its people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from support.one_service import OneService

AT = datetime(2025, 3, 1, 16, tzinfo=UTC)
ALL = ("quotes.read", "quotes.write", "catalogue.write")
SETTINGS = {
    "fee_rates": {"admin": "250", "install_per_unit": "45", "shipping": "420", "tax_percent": "8.25"},
    "terms_text": "These are the terms.",
}
MACHINE = {
    "name": "S21", "sku": "S21-200", "unit_price": "4150", "hashrate_ths": "200", "power_w": "3500",
    "cost_basis": "3600", "stock": 12,
}  # fmt: skip


@dataclass
class House:
    service: OneService
    organization_id: UUID
    http: httpx.AsyncClient
    mail_folder: Path
    customer_id: UUID = field(default_factory=uuid4)
    site_id: UUID = field(default_factory=uuid4)

    async def furnish(self) -> dict[str, Any]:
        """Fee rates, a terms template and one model in the catalogue, which is answered."""
        written = await self.http.put("/v1/quotes/settings", json=SETTINGS, headers={"If-Match": '"0"'})
        assert written.status_code == 200, written.text
        return await self.ok("POST", "/v1/catalogue", MACHINE)

    async def draft(self, **changes: object) -> dict[str, Any]:
        """Four machines for the customer, as in worked case E22, unless told otherwise."""
        return await self.ok("POST", "/v1/quotes", self.wish(**changes))

    def wish(self, **changes: object) -> dict[str, Any]:
        item = {"quantity": 4, **{k: v for k, v in MACHINE.items() if k not in ("sku", "stock")}}
        usual = {
            "customer_id": str(self.customer_id), "items": [item], "fulfilment": "host_procures", "term": "1_year",
            "rate_per_kwh": "0.075",
        }  # fmt: skip
        return {k: v for k, v in (usual | changes).items() if v is not None}

    async def ok(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        parsed: dict[str, Any] = answer.json()
        return parsed

    async def refused(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str, str]:
        """Status, code and the first field named."""
        answer = await self.http.request(method, path, json=body, headers=headers)
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, said["code"], said.get("errors", [{}])[0].get("field", "")

    def mails(self, to: str) -> list[str]:
        return [text for file in self.mail_folder.glob("*.eml") if f"To: {to}" in (text := file.read_text())]

    async def as_portal(self, customer_id: UUID, path: str) -> httpx.Response:
        async with self.service.client(self.organization_id, ["quotes.read"], customer_id=customer_id) as http:
            seen: httpx.Response = await http.get(path)
            return seen
