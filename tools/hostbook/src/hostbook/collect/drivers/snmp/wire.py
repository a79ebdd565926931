"""SNMP on the wire: the one module of the collector that knows pysnmp. OIDs are dotted text, values are plain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import CommunityData, SnmpEngine, UdpTransportTarget, UsmUserData
from pysnmp.hlapi.v3arch.asyncio import auth as usm
from pysnmp.hlapi.v3arch.asyncio.cmdgen import LCD
from pysnmp.proto import errind, rfc1902, rfc1905
from pysnmp.proto.api import v2c

from hostbook.collect.driver import Device, Failure, Trouble
from hostbook.collect.drivers.snmp.credentials import Community, Credentials, User

Value = int | bytes | str
"""A whole number, octets, or (of type OBJECT IDENTIFIER) an OID as text."""

_MOST_ROWS = 20_000
_TOO_BIG = 1
_DENIED = {6, 16}  # noAccess, authorizationError
_AUTHENTICATIONS = {
    "md5": usm.USM_AUTH_HMAC96_MD5,
    "sha1": usm.USM_AUTH_HMAC96_SHA,
    "sha224": usm.USM_AUTH_HMAC128_SHA224,
    "sha256": usm.USM_AUTH_HMAC192_SHA256,
    "sha384": usm.USM_AUTH_HMAC256_SHA384,
    "sha512": usm.USM_AUTH_HMAC384_SHA512,
}
_PRIVACIES = {
    "des": usm.USM_PRIV_CBC56_DES,
    "3des": usm.USM_PRIV_CBC168_3DES,
    "aes128": usm.USM_PRIV_CFB128_AES,
    "aes192": usm.USM_PRIV_CFB192_AES,
    "aes256": usm.USM_PRIV_CFB256_AES,
}
# Users of one name may have other keys on another device, which one engine cannot hold: one engine per credentials.
_engines: dict[tuple[int, Credentials], SnmpEngine] = {}


class SnmpTrouble(Exception):
    """A request came to nothing; inside this package only, a driver hands out the `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class Session:
    """One device's agent: one request at a time, each asked again as often as the device's `retries` say."""

    def __init__(self, device: Device, credentials: Credentials, *, repetitions: int = 20) -> None:
        self._device, self._credentials, self._repetitions = device, credentials, repetitions
        self._where = (device.address, device.port or 161)
        self._target: UdpTransportTarget | None = None

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """The values of exactly these OIDs; one that is not there is not in the answer.

        An answer that would be too big, or that fails for one of several OIDs, is asked for in parts.
        """
        status, answer = await self._ask(v2c.GetRequestPDU(), v2c.apiPDU, oids)
        if status == 0 and len(answer) >= len(oids):
            return _plain(answer)
        if len(oids) == 1:
            return {}
        half = len(oids) // 2
        return await self.get(oids[:half]) | await self.get(oids[half:])

    async def walk(self, root: str) -> dict[str, Value]:
        """Everything below an OID, by GETBULK. An agent that goes in circles is left where it does."""
        found: dict[str, Value] = {}
        at, repetitions = root, self._repetitions
        while len(found) < _MOST_ROWS:
            status, answer = await self._ask(v2c.GetBulkRequestPDU(), v2c.apiBulkPDU, [at], repetitions)
            if status == _TOO_BIG and repetitions > 1:
                repetitions //= 2
                continue
            fresh = _within(answer, root, at) if status == 0 else []
            found.update(_plain(fresh))
            if not fresh or len(fresh) < len(answer):
                return found
            at = str(fresh[-1][0])
        return found

    async def _ask(
        self, request: Any, api: Any, oids: Sequence[str], repetitions: int = 0
    ) -> tuple[int, Sequence[tuple[Any, Any]]]:
        future: asyncio.Future[tuple[Any, Any]] = asyncio.get_running_loop().create_future()

        def answered(_engine: Any, _handle: Any, indication: Any, response: Any, _context: Any) -> None:
            if not future.done():
                future.set_result((indication, response))

        api.set_defaults(request)
        if repetitions:
            api.set_non_repeaters(request, 0)
            api.set_max_repetitions(request, repetitions)
        api.set_varbinds(request, [(rfc1902.ObjectName(oid), rfc1902.Null("")) for oid in oids])
        engine, context = _engine(self._credentials), _context(self._credentials)
        try:
            target = self._target = self._target or await self._reach()
            name, _ = LCD.configure(engine, _authentication(self._credentials), target, context)
            cmdgen.CommandGenerator().send_pdu(engine, name, None, context, request, answered, None)
        except (PySnmpError, OSError) as error:
            raise SnmpTrouble(self._unreachable(error)) from error
        indication, response = await future
        if indication:
            raise SnmpTrouble(self._failure(indication))
        status = int(v2c.apiPDU.get_error_status(response))
        if status in _DENIED:
            raise SnmpTrouble(self._denied("it denies access to what it was asked"))
        return status, v2c.apiPDU.get_varbinds(response)

    async def _reach(self) -> UdpTransportTarget:
        patience = int(self._device.timeout_s * 1000) / 1000
        return await UdpTransportTarget.create(self._where, timeout=patience, retries=self._device.retries)

    def _unreachable(self, error: Exception) -> Failure:
        where = f"{self._where[0]}:{self._where[1]}"
        return Failure(Trouble.UNREACHABLE, f"{where} cannot be reached: {error}.", "check the address and the network")

    def _failure(self, indication: Any) -> Failure:
        if not isinstance(indication, errind.RequestTimedOut):
            return self._denied(str(indication).rstrip("."))
        tries = self._device.retries + 1
        remedy = "check the address, the device's access list and that SNMP is switched on"
        if isinstance(self._credentials, Community):
            remedy += "; a wrong community is met with silence too"
        said = f"{self._where[0]}:{self._where[1]} did not answer {tries} times within {self._device.timeout_s} s."
        return Failure(Trouble.SILENT, said, remedy)

    def _denied(self, why: str) -> Failure:
        return Failure(
            Trouble.DENIED,
            f"{self._where[0]}:{self._where[1]} refuses us: {why}.",
            "check the user, its pass phrases and protocols, and what it may read",
        )


def close_engines() -> None:
    """Let go of the sockets of this event loop's engines."""
    loop = id(asyncio.get_running_loop())
    for key in [key for key in _engines if key[0] == loop]:
        _engines.pop(key).close_dispatcher()


def _engine(credentials: Credentials) -> SnmpEngine:
    key = (id(asyncio.get_running_loop()), credentials)
    if key not in _engines:
        _engines[key] = SnmpEngine()
    return _engines[key]


def _context(credentials: Credentials) -> str:
    return credentials.context if isinstance(credentials, User) else ""


def _authentication(credentials: Credentials) -> CommunityData | UsmUserData:
    if isinstance(credentials, Community):
        return CommunityData(credentials.name, mpModel=1)  # noqa: S508 - many PDUs speak nothing else
    return UsmUserData(
        credentials.name,
        authKey=credentials.auth_phrase,
        privKey=credentials.privacy_phrase,
        authProtocol=_AUTHENTICATIONS.get(credentials.authentication or "", usm.USM_AUTH_NONE),
        privProtocol=_PRIVACIES.get(credentials.privacy or "", usm.USM_PRIV_NONE),
    )


def _is_end(value: Any) -> bool:
    return isinstance(value, (rfc1905.EndOfMibView, rfc1905.NoSuchInstance, rfc1905.NoSuchObject))


def _within(answer: Sequence[tuple[Any, Any]], root: str, at: str) -> list[tuple[Any, Any]]:
    """The part of a bulk answer that lies below the root and leads on from where the walk was."""
    inside, last = tuple(map(int, root.split("."))), tuple(map(int, at.split(".")))
    fresh = []
    for oid, value in answer:
        here = tuple(oid)
        if here[: len(inside)] != inside or here <= last or _is_end(value):
            break
        fresh.append((oid, value))
        last = here
    return fresh


def _plain(answer: Sequence[tuple[Any, Any]]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for oid, value in answer:
        if isinstance(value, rfc1902.univ.Null):  # what is not there is a kind of null as well
            continue
        if isinstance(value, rfc1902.univ.ObjectIdentifier):
            found[str(oid)] = str(value)
        elif isinstance(value, rfc1902.univ.OctetString):
            found[str(oid)] = bytes(value)
        else:
            found[str(oid)] = int(value)
    return found
