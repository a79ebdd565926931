"""Where the card processor is: our fake as a process, or the vendor's sandbox if its key is in the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import httpx
import stripe

from support.processes import Program, free_port

SANDBOX_KEY = os.environ.get("STRIPE_SANDBOX_KEY", "")


@dataclass(frozen=True, slots=True)
class Processor:
    """A client of the official library and, for the fake, the address of its control side."""

    client: stripe.StripeClient
    url: str
    program: Program | None

    async def tell(self, path: str, **body: object) -> dict[str, object]:
        """Posts to the fake's control side."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/_fake/{path}", json=body)
            assert answer.status_code == 200, answer.text
            parsed: dict[str, object] = answer.json()
            return parsed

    async def ask(self, path: str) -> dict[str, object]:
        async with httpx.AsyncClient() as http:
            parsed: dict[str, object] = (await http.get(f"{self.url}/_fake/{path}")).json()
            return parsed


def client_of(key: str, url: str, *, timeout_s: float = 20) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        http_client=stripe.HTTPXClient(timeout=timeout_s),
        base_addresses={"api": url},
        max_network_retries=0,
    )


async def fake(folder: Path, *options: str) -> Processor:
    """The fake, started; stop its `program` when done."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = Program("hostbook.fakes.stripe", ["--port", str(port), "--state", str(folder), *options], port)
    await program.start()
    return Processor(client_of("sk_test_local", url), url, program)


def sandbox() -> Processor:
    url = "https://api.stripe.com"
    return Processor(client_of(SANDBOX_KEY, url), url, None)
