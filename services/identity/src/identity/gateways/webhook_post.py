"""Carries a signed message to a webhook's address (Standard Webhooks), and brings back what was answered."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from standardwebhooks import Webhook as Signer

from common.errors import RuleBroken
from identity.domain.webhook_retries import asked_wait
from identity.gateways.guarded_transport import AddressRefused, GuardedTransport, Resolve

TIMEOUT_S = 10
_MOST_ANSWER = 500
_AGENT = "Hostbook-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Message:
    """`id` and `body` are the same at every attempt; each of the secrets signs it."""

    id: str
    url: str
    body: str
    secrets: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where nobody answered; `error` says why it was not taken, in words for the receiver's people.

    `asked` is how long the receiver asks to be left alone.
    """

    status: int | None
    error: str | None
    text: str = ""
    asked: timedelta | None = None


def shown_secret(secret: bytes) -> str:
    """As receivers' libraries take it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def signed(message: Message, at: datetime) -> dict[str, str]:
    """The three headers; `at` is real time, since receivers refuse what is older than some minutes."""
    signatures = [Signer(secret).sign(message.id, at, message.body) for secret in message.secrets]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


class Names:
    """Resolves in threads of its own: silent name servers must not take those that passwords are hashed in."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(32, "webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        def ask() -> Sequence[str]:
            return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class WebhookPost:
    """Ten seconds, no redirects, nothing of an answer but its beginning, and never into our own network."""

    def __init__(self, *, private_networks: bool, resolve: Resolve | None = None, timeout_s: int = TIMEOUT_S) -> None:
        self._names = Names()
        self._guard = GuardedTransport(
            private_networks=private_networks, field="url", resolve=resolve or self._names, keeps=False
        )
        self._client = httpx.AsyncClient(
            transport=self._guard, timeout=timeout_s, follow_redirects=False, trust_env=False
        )
        self._timeout_s = timeout_s

    async def check(self, url: str) -> None:
        """Refuse an address that nothing would be sent to as things are now."""
        try:
            await self._guard.checked(httpx.URL(url))
        except httpx.InvalidURL as error:
            raise AddressRefused("This is no address.", field="url", remedy="https://hooks.alpha.example/in") from error

    async def send(self, message: Message, *, at: datetime) -> Answer:
        headers = {"content-type": "application/json", "user-agent": _AGENT} | signed(message, at)
        try:
            with suppress_http_instrumentation():  # our traces are nobody else's business
                async with asyncio.timeout(self._timeout_s):
                    return await self._posted(message, headers, at)
        except TimeoutError:
            return Answer(None, f"No answer within {self._timeout_s} seconds.")
        except RuleBroken as refused:
            return Answer(None, refused.message)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Answer(None, f"No connection: {type(error).__name__}.")

    async def _posted(self, message: Message, headers: dict[str, str], at: datetime) -> Answer:
        async with self._client.stream("POST", message.url, content=message.body.encode(), headers=headers) as answer:
            beginning = b""
            async for part in answer.aiter_raw():
                beginning += part
                if len(beginning) >= _MOST_ANSWER:
                    break
        text = beginning[:_MOST_ANSWER].decode("utf-8", "replace")
        shown = "".join(c if c.isprintable() else " " for c in text)
        asked = asked_wait(answer.status_code, answer.headers.get("retry-after"), at=at)
        return Answer(answer.status_code, _trouble(answer.status_code), shown, asked)

    async def close(self) -> None:
        await self._client.aclose()
        self._names.close()


def _trouble(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    hint = "; redirects are not followed" if 300 <= status < 400 else ""
    return f"It answered {status}{hint}."
