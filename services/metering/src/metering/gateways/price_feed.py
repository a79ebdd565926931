"""Asks an address for a JSON document, from the open internet alone.

Every connection looks its host's addresses up anew and goes to one that was checked: a name that begins to point into
a private network between check and use leads nowhere. Redirects are not followed, proxies are not asked, an answer is
read up to a limit and a deadline.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpcore
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from metering.domain.refusals import BadFeed

MOST_BYTES = 1024 * 1024
DEADLINE_S = 10
_FIELD = "url"


class PriceFeed(Protocol):
    """What we need: the document behind an address."""

    async def document(self, url: str) -> Any:
        """The parsed JSON, numbers exact; raises `BadFeed` with the reason when there is none."""


class JsonAddress:
    """The document by HTTPS. `allow_private` is for tests and for addresses inside the host's own network."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._backend = _Guarded(allow_private=allow_private)

    async def document(self, url: str) -> Any:
        """One GET within the deadline."""
        checked_url(url, allow_private=self._allow_private)
        try:
            async with asyncio.timeout(DEADLINE_S):
                body = await self._get(url)
        except TimeoutError:
            raise BadFeed(f"The address did not answer within {DEADLINE_S} s.", field=_FIELD) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise BadFeed(f"The address does not answer: {type(error).__name__}.", field=_FIELD) from None
        try:
            return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise BadFeed("The address answered with no JSON.", field=_FIELD, remedy="the address of JSON") from None

    async def _get(self, url: str) -> bytes:
        headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", "hostbook")]
        async with (
            httpcore.AsyncConnectionPool(network_backend=self._backend, max_connections=1) as pool,
            pool.stream("GET", url, headers=headers) as response,
        ):
            if response.status != 200:
                raise BadFeed(f"The address answered {response.status}.", field=_FIELD, remedy="one that answers 200")
            found = bytearray()
            async for part in response.aiter_stream():
                found += part
                if len(found) > MOST_BYTES:
                    raise BadFeed(f"The answer is larger than {MOST_BYTES // 1024} kB.", field=_FIELD)
            return bytes(found)


def checked_url(url: str, *, allow_private: bool) -> str:
    """The address, if its form may be asked: HTTPS, a host, no name and password in it."""
    parts = urlsplit(url)
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise BadFeed(f"{url[:80]!r} is no address to ask.", field=_FIELD, remedy="https://host/path")
    if parts.username is not None or parts.password is not None:
        raise BadFeed("An address may not hold a name or password.", field=_FIELD, remedy="leave them out")
    return url


class _Guarded(AsyncNetworkBackend):
    """Connects to addresses that were checked, never to names."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private, self._inner = allow_private, AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore.ConnectError(f"{host} is not known") from None
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._allow_private:
            refuse_private(host, addresses)
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def refuse_private(host: str, addresses: Iterable[str]) -> None:
    """Refuse a host of which any address is not one of the open internet."""
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
        if not (inner.is_global and address.is_global) or inner.is_multicast:
            raise BadFeed(f"{host} lies in a private network.", field=_FIELD, remedy="an address of the open internet")


def _no_constant(name: str) -> Any:
    raise ValueError(name)
