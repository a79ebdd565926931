"""The processor's own account of what it took, and the faults that it is told to have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from hostbook.engines.stack import Stack


class StripeOracle:
    """The test's side of the stack's processor."""

    def __init__(self, stack: Stack) -> None:
        self._key = stack.service_environment("payments")["STRIPE_API_KEY"]
        self._client = httpx.Client(base_url=stack.url("stripe"), timeout=30)

    def __enter__(self) -> StripeOracle:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self._client.request(method, path, **options)
        answer.raise_for_status()
        return answer.json()

    def taken(self, invoice_id: str) -> tuple[int, int]:
        """How often and how much, in minor units, was charged for the invoice."""
        by = self._ask("GET", "/_fake/charges")["by"].get("invoice_id", {})
        total = by.get(invoice_id, {"count": 0, "amount": 0})
        return total["count"], total["amount"]

    @contextmanager
    def suffering(self, **faults: Any) -> Iterator[None]:
        """The next calls suffer; at the end no fault is left."""
        self._ask("POST", "/_fake/faults", json=faults)
        try:
            yield
        finally:
            self._ask("DELETE", "/_fake/faults")

    @property
    def faults_left(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", "/_fake/faults")
        return found

    def events_about(self, invoice_id: str) -> list[str]:
        """Ids of the events whose object carries the invoice's id, newest first."""
        events = self._ask("GET", "/v1/events", params={"limit": 100}, headers={"Authorization": f"Bearer {self._key}"})
        return [
            event["id"]
            for event in events["data"]
            if event["data"]["object"].get("metadata", {}).get("invoice_id") == invoice_id
        ]

    def resend(self, event_id: str) -> None:
        self._ask("POST", "/_fake/resend", json={"event": event_id})

    def wait_delivered(self, *, timeout_s: float = 60) -> None:
        """Until every notice has been taken."""
        deadline = time.monotonic() + timeout_s
        while self._ask("GET", "/_fake/pending")["pending"]:
            assert time.monotonic() < deadline, self._ask("GET", "/_fake/pending")
            time.sleep(0.05)
