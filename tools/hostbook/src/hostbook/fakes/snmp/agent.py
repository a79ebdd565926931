"""The agents' side of SNMP, by pysnmp: one engine and one UDP socket per fake PDU, many of them in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.smi.error import TooBigError
from pysnmp.smi.instrum import AbstractMibInstrumController

from hostbook.fakes.snmp.cells import Book, Cell, Type
from hostbook.fakes.snmp.load import Fault, Kind
from hostbook.fakes.snmp.pdu import FakePdu

_TYPES = {
    Type.INTEGER: rfc1902.Integer32,
    Type.OCTETS: rfc1902.OctetString,
    Type.NULL: rfc1902.Null,
    Type.OID: rfc1902.ObjectIdentifier,
    Type.ADDRESS: rfc1902.IpAddress,
    Type.COUNTER32: rfc1902.Counter32,
    Type.GAUGE32: rfc1902.Gauge32,
    Type.TICKS: rfc1902.TimeTicks,
    Type.OPAQUE: rfc1902.Opaque,
    Type.COUNTER64: rfc1902.Counter64,
}
_AREA = "readers"
Holds = Callable[[Kind], Fault | None]
"""Whether a fault of the whole agent holds now."""


@dataclass(frozen=True, slots=True)
class UserAccess:
    """An SNMP v3 user with SHA-256 and AES-128."""

    name: str
    auth_phrase: str
    privacy_phrase: str


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """What is served where: a fake PDU or the cells of a recording, for a community and perhaps a user."""

    name: str
    address: str
    port: int
    pdu: FakePdu | None = None
    recording: Book | None = None
    community: str = "public"
    user: UserAccess | None = None


class Agents:
    """The running agents, by name."""

    def __init__(self, running: dict[str, tuple[SnmpEngine, AgentPlan]]) -> None:
        self._running = running

    def fault(self, name: str, fault: Fault) -> None:
        """Let something go wrong with one of the PDUs."""
        pdu = self._running[name][1].pdu
        if pdu is None:
            raise ValueError(f"{name} replays a recording and has no faults of its own.")
        pdu.faults.append(fault)

    def faults(self, by_name: dict[str, list[Fault]]) -> None:
        """What is wrong from now on with each PDU; nothing with those that are not named."""
        for name, (_, plan) in self._running.items():
            if plan.pdu:
                plan.pdu.faults[:] = by_name.get(name, [])

    def close(self) -> None:
        """Let go of all sockets."""
        for engine, _ in self._running.values():
            engine.close_dispatcher()


async def serve(plans: Sequence[AgentPlan]) -> Agents:
    """Start every agent; a port that is taken raises OSError."""
    running = {}
    for plan in plans:
        running[plan.name] = (_engine(plan), plan)
    await asyncio.sleep(0)  # sockets are bound by tasks
    return Agents(running)


class _Cells(AbstractMibInstrumController):  # type: ignore[misc]
    """Answers from a book; the names are the library's."""

    def __init__(self, book: Book, holds: Holds) -> None:
        self._book, self._holds = book, holds

    def read_variables(self, *varBinds: Any, **_context: Any) -> list[Any]:
        too_big = self._holds(Kind.TOO_BIG)
        if too_big and len(varBinds) > (too_big.value or 5):
            raise TooBigError
        return [(oid, _typed(self._book.at(tuple(oid)), rfc1905.noSuchInstance)) for oid, _ in varBinds]

    def read_next_variables(self, *varBinds: Any, **_context: Any) -> list[Any]:
        answer = []
        for oid, _ in varBinds:
            following = self._book.after(tuple(oid))
            if following is None:
                answer.append((oid, rfc1905.endOfMibView))
            else:
                answer.append((rfc1902.ObjectName(following), _typed(self._book.at(following), rfc1905.noSuchInstance)))
        return answer


def _typed(cell: Cell | None, absent: Any) -> Any:
    return absent if cell is None else _TYPES[cell.type](cell.value)


class _Moody(udp.UdpTransport):  # type: ignore[misc]
    """A socket that may lose what it hears, or take its time; the faults are asked for each datagram."""

    holds: Holds

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:
        short = self.holds(Kind.SHORT)
        if self.holds(Kind.SILENT) or (short and len(datagram) > (short.value or 200)):
            return
        slow = self.holds(Kind.SLOW)
        hear = super().datagram_received
        if slow:
            self.loop.call_later((slow.value or 1000) / 1000, hear, datagram, transportAddress)
        else:
            hear(datagram, transportAddress)


def _engine(plan: AgentPlan) -> SnmpEngine:
    engine = SnmpEngine()
    transport = _Moody()
    transport.holds = holds = plan.pdu.holds if plan.pdu else lambda _kind: None
    config.add_transport(engine, udp.DOMAIN_NAME, transport.open_server_mode((plan.address, plan.port)))
    config.add_v1_system(engine, _AREA, plan.community)
    config.add_vacm_user(engine, 2, _AREA, "noAuthNoPriv", (0,))
    if plan.user:
        _admit(engine, plan.user)
    book = plan.recording if plan.recording is not None else plan.pdu.book() if plan.pdu else Book({})
    inside = context.SnmpContext(engine)
    inside.unregister_context_name(b"")
    inside.register_context_name(b"", _Cells(book, holds))
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
        responder(engine, inside)
    return engine


def _admit(engine: SnmpEngine, user: UserAccess) -> None:
    config.add_v3_user(
        engine,
        user.name,
        config.USM_AUTH_HMAC192_SHA256,
        user.auth_phrase,
        config.USM_PRIV_CFB128_AES,
        user.privacy_phrase,
    )
    config.add_vacm_user(engine, 3, user.name, "authPriv", (0,))
