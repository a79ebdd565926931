"""HTTP to addresses that somebody typed: never to our own network, whatever the name resolves to at that moment."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

from common.errors import RuleBroken

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class AddressRefused(RuleBroken):
    """The address leads where nobody outside stands."""

    code = "address_refused"


async def resolved(host: str, port: int) -> Sequence[str]:
    """All addresses of a name, as the system knows them now."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class GuardedTransport(httpx.AsyncHTTPTransport):
    """Resolves once, checks every address, and connects to the one that was checked; redirects come through here too.

    `private_networks` opens it to plain HTTP and to the own network, for a party that stands there. `field` is what a
    refusal names. A connection that is kept was made for a name, and would serve another one at the same address:
    where many names are asked, `keeps` is false.
    """

    def __init__(
        self, *, private_networks: bool, field: str = "issuer", resolve: Resolve = resolved, keeps: bool = True
    ) -> None:
        super().__init__(limits=httpx.Limits() if keeps else httpx.Limits(max_keepalive_connections=0))
        self._private_networks, self._field, self._resolve = private_networks, field, resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._private_networks:
            host = request.url.host
            address = await self.checked(request.url)
            request.extensions = {**request.extensions, "sni_hostname": host}
            request.url = request.url.copy_with(host=address)
        return await super().handle_async_request(request)

    async def checked(self, url: httpx.URL) -> str:
        """The address behind the URL, once it is sure that the whole world can reach all that the name stands for."""
        host = url.host
        if self._private_networks:
            return host
        if url.scheme != "https":
            raise AddressRefused(f"{host} is not asked without encryption.", field=self._field, remedy="https")
        try:
            addresses = await self._resolve(host, url.port or 443)
        except (OSError, UnicodeError) as error:
            raise AddressRefused(f"{host} is not known.", field=self._field, remedy="a name that resolves") from error
        if not addresses or not all(is_public(address) for address in addresses):
            raise AddressRefused(f"{host} lies in a private network.", field=self._field, remedy="a public address")
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether the whole world can reach it; an IPv4 address in IPv6's clothes is taken for what it is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    shown = mapped or ip
    return shown.is_global and not (shown.is_multicast or ip.is_multicast or ip.is_reserved)
