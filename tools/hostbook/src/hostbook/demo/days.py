"""The days after the billing run: what each one brings, told as it happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hostbook.client.delinquency import read_delinquency
from hostbook.client.invoices import every_invoice
from hostbook.client.payments import every_payment
from hostbook.demo.api import Api
from hostbook.demo.clock import advance
from hostbook.demo.stages import Stages
from hostbook.demo.world import World

Deed = Callable[[Api, World], str]


def noon(day: date, timezone: str) -> str:
    """Local noon of a day, as an instant."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    return at.isoformat().replace("+00:00", "Z")


class Diary:
    """Notes what changed since it last looked: invoices, payments, delinquencies."""

    def __init__(self, api: Api, world: World) -> None:
        self._api, self._world = api, world
        self._seen: dict[str, Any] = {}

    def news(self) -> list[str]:
        """One sentence for each change, in the order in which a reader would want them."""
        found: list[str] = []
        for invoice in every_invoice(self._api):
            who = self._world.name_of(self._world.customers, invoice["customer_id"])
            state = f"{invoice['status']}, balance {invoice['balance']} {invoice['currency']}"
            self._note(found, f"invoice {invoice['number']} of {who}", state)
        for payment in every_payment(self._api):
            who = self._world.name_of(self._world.customers, payment["customer_id"])
            tries = f", attempt {len(payment['attempts'])}" if payment["attempts"] else ""
            state = f"{payment['status']}{tries}"
            self._note(found, f"{payment['method']} payment of {payment['amount']} by {who}", state, payment["id"])
        found += self._debts()
        return found

    def _debts(self) -> list[str]:
        found: list[str] = []
        for key, customer_id in self._world.customers.items():
            debt = read_delinquency(self._api, customer_id)
            steps = ", ".join(debt["steps_done"]).replace("_", " ")
            state = f"in default: {debt['reason']}" if debt["in_default"] else steps
            if not debt["steps_done"]:
                state = "all paid, standing cleared"
            if debt["steps_done"] or f"debt {customer_id}" in self._seen:
                self._note(found, f"dunning of {key}", state, f"debt {customer_id}")
        return found

    def _note(self, found: list[str], what: str, state: str, key: str | None = None) -> None:
        if self._seen.get(key or what) != state:
            self._seen[key or what] = state
            found.append(f"{what}: {state}")


def live_through(
    api: Api, world: World, stages: Stages, days: tuple[date, date], deeds: dict[date, list[Deed]]
) -> None:
    """Day by day from the first to the last, with what people do on some of them; prints what happened."""
    zone = world.organization["timezone"]
    diary, day = Diary(api, world), days[0]
    for text in diary.news():
        stages.happened(f"{day:%d %b}", text)
    while day < days[1]:
        day += timedelta(days=1)
        stages.note(f"{day:%d %B %Y}")
        advance(api, world.id, noon(day, zone))
        for deed in deeds.get(day, []):
            stages.happened(f"{day:%d %b}", f"[bold]{deed(api, world)}[/]")
            advance(api, world.id, noon(day, zone))
        for text in diary.news():
            stages.happened(f"{day:%d %b}", text)
