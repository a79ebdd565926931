"""HTTP to addresses that somebody typed: never to our own network, whatever the name resolves to at that moment."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpx

from common.errors import RuleBroken


class AddressRefused(RuleBroken):
    """The address leads where no provider of sign-ins stands."""

    code = "address_refused"


class GuardedTransport(httpx.AsyncHTTPTransport):
    """Resolves once, checks every address, and connects to the one that was checked; redirects come through here too.

    `private_networks` opens it to plain HTTP and to the own network, for a provider that stands there.
    """

    def __init__(self, *, private_networks: bool) -> None:
        super().__init__()
        self._private_networks = private_networks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._private_networks:
            host = request.url.host
            if request.url.scheme != "https":
                raise AddressRefused(f"{host} is not asked without encryption.", field="issuer", remedy="https")
            address = await _public_address(host, request.url.port or 443)
            request.extensions = {**request.extensions, "sni_hostname": host}
            request.url = request.url.copy_with(host=address)
        return await super().handle_async_request(request)


async def _public_address(host: str, port: int) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise AddressRefused(f"{host} is not known.", field="issuer", remedy="a name that resolves") from error
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise AddressRefused(f"{host} lies in a private network.", field="issuer", remedy="a public address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether the whole world can reach it; an IPv4 address in IPv6's clothes is taken for what it is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return (mapped or ip).is_global and not ip.is_multicast
