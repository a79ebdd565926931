"""The gateway, as a collector speaks to it: batches out, what it said in, and the difference between two clocks."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx

from common.clock import wall_now
from hostbook.collect.config import Gateway
from hostbook.collect.spool.store import Kind

_PATHS = {Kind.POLL: ("/v1/readings", b"polls"), Kind.SCAN: ("/v1/telemetry", b"scans")}
_GZIP_FROM = 1024
_WRONG = {400, 409, 415, 422}


@dataclass(frozen=True, slots=True)
class Part:
    """What the gateway did not take of a batch: the entry's place in it, the field at fault, and its own words."""

    index: int
    field: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The batch is durable, but for these parts."""

    refused: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is known to be taken; the same may be sent again, after so many seconds if it said so."""

    why: str
    after_s: int | None = None


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The call was too large; smaller ones may pass."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The call as a whole is not understood: one of its entries must be at fault."""

    field: str
    reason: str
    remedy: str


Outcome = Taken | Later | TooLarge | Wrong


class Uplink:
    """One connection to the gateway. `skew` is how far this machine's clock is ahead of the gateway's, once known."""

    def __init__(self, gateway: Gateway, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        if gateway.organization:
            headers["X-Hostbook-Organization"] = gateway.organization
        self._client = httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=gateway.timeout_s)
        self.skew: timedelta | None = None

    async def __aenter__(self) -> Uplink:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, kind: Kind, bodies: Sequence[bytes]) -> Outcome:
        """Send entries as one call. Its key depends on its content alone: sent again it is the same call."""
        path, name = _PATHS[kind]
        content = b'{"' + name + b'":[' + b",".join(bodies) + b"]}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": hashlib.sha256(content).hexdigest()}
        if len(content) >= _GZIP_FROM:
            content = gzip.compress(content, 6)
            headers["Content-Encoding"] = "gzip"
        began_at = wall_now()
        try:
            response = await self._client.post(path, content=content, headers=headers)
        except httpx.HTTPError as error:
            return Later(f"{type(error).__name__}: {error}".rstrip(": "))
        self._measure(response, began_at)
        return outcome_of(response, len(bodies))

    async def put(self, path: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say how something is now; the answer's JSON. httpx.HTTPError if the gateway is away or refuses us."""
        response = await self._client.put(path, json=content)
        response.raise_for_status()
        return _body(response)

    async def get(self, path: str, **query: str | None) -> Mapping[str, Any]:
        """One thing; httpx.HTTPError if the gateway is away or refuses us."""
        asked = {name: value for name, value in query.items() if value is not None}
        response = await self._client.get(path, params=asked)
        response.raise_for_status()
        return _body(response)

    async def pdus(self, site: str) -> AsyncIterator[dict[str, Any]]:
        """The PDUs of a site as registered; httpx.HTTPError if the gateway is away or refuses us."""
        after: str | None = None
        while True:
            query = {"site": site, "limit": "200"} | ({"after": after} if after else {})
            began_at = wall_now()
            response = await self._client.get("/v1/pdus", params=query)
            self._measure(response, began_at)
            response.raise_for_status()
            page = response.json()
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    def _measure(self, response: httpx.Response, began_at: datetime) -> None:
        """The gateway's `Date` says whole seconds, so its middle is half a second later than what it reads."""
        try:
            told_at = parsedate_to_datetime(response.headers["Date"]).astimezone(UTC) + timedelta(milliseconds=500)
        except (KeyError, ValueError):
            return
        ended_at = wall_now()
        self.skew = began_at + (ended_at - began_at) / 2 - told_at


def outcome_of(response: httpx.Response, count: int) -> Outcome:
    """What an answer means for so many entries that were sent."""
    said = _body(response)
    if response.status_code in (200, 202):
        return _taken(said, count)
    if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge()
    if response.status_code in _WRONG and said:
        first = (said.get("errors") or [{}])[0]
        reason = str(first.get("message") or said.get("detail") or said.get("title") or response.status_code)
        return Wrong(str(first.get("field") or said.get("field") or "entry"), reason, str(first.get("remedy") or ""))
    why = str(said.get("detail") or said.get("title") or response.reason_phrase)
    return Later(f"{response.status_code} {why}", _retry_after(response))


def told_of(response: httpx.Response) -> str:
    """A refusal in a sentence: what was asked, and what the gateway says about it."""
    said = _body(response)
    first = (said.get("errors") or [{}])[0]
    words = (first.get("message") or said.get("detail"), first.get("remedy"))
    about = " ".join(str(word) for word in words if word)[:300]
    request = response.request
    status = f"{request.method} {request.url.path} was answered with {response.status_code}"
    return f"{status}: {about}" if about else status


def _taken(said: dict[str, Any], count: int) -> Outcome:
    try:
        parts = [Part(int(p["index"]), str(p["field"]), str(p["reason"]), str(p["remedy"])) for p in said["refused"]]
    except (KeyError, TypeError, ValueError):
        return Later("202 without the list of what was refused")
    if not all(0 <= part.index < count for part in parts):
        return Later("202 about an entry that was not sent")
    return Taken(tuple(parts))


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _retry_after(response: httpx.Response) -> int | None:
    text = response.headers.get("Retry-After", "")
    if text.isdigit():
        return int(text)
    try:
        return max(0, round((parsedate_to_datetime(text) - wall_now()).total_seconds()))
    except (ValueError, TypeError):
        return None
