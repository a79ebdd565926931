"""The SNMP driver: recognises the model once, then asks each poll for exactly the cells of its outlets."""

from __future__ import annotations

from collections.abc import Sequence

from hostbook.collect.clock import now
from hostbook.collect.driver import Answer, BadDevice, Device, Failure, Identity, Trouble
from hostbook.collect.drivers.snmp.credentials import credentials_of
from hostbook.collect.drivers.snmp.model import Value
from hostbook.collect.drivers.snmp.models import MODELS
from hostbook.collect.drivers.snmp.reading import cells_of, polls_of
from hostbook.collect.drivers.snmp.recognition import SYS_UPTIME, Recognised, recognise
from hostbook.collect.drivers.snmp.wire import Session, SnmpTrouble

_CELLS_A_REQUEST = 40  # an answer of so many stays below the 1,472 octets that pass an Ethernet unbroken
_FEWEST_CELLS = 8
_UPTIME_TICKS = 100
_REPETITIONS = range(1, 101)


def build(device: Device) -> SnmpDriver:
    """The driver of one agent. Options: see `credentials`; `model` names one that a device does not admit to."""
    credentials = credentials_of(device)
    repetitions = device.options.get("repetitions", 20)
    if repetitions not in _REPETITIONS:
        raise BadDevice(f"{repetitions!r} repetitions.", field="repetitions", remedy="a number from 1 to 100")
    name = device.options.get("model")
    names = [model.name for model in MODELS]
    if name is not None and name not in names:
        raise BadDevice(f"There is no model {name!r}.", field="model", remedy=f"one of {', '.join(names)}")
    return SnmpDriver(Session(device, credentials, repetitions=repetitions), name)


class SnmpDriver:
    """Speaks to one agent, behind which there may be a chain of PDUs."""

    def __init__(self, session: Session, model_name: str | None = None) -> None:
        self._session, self._model_name = session, model_name
        self._known: Recognised | None = None
        self._uptime_s: int | None = None
        self._cells_a_request, self._is_untried = _CELLS_A_REQUEST, True

    async def identify(self) -> Identity | Failure:
        """The model by its object identifier, else by its description, else by which outlet table it has."""
        try:
            self._known, self._is_untried = await recognise(self._session, self._model_name), True
        except SnmpTrouble as trouble:
            return trouble.failure
        return self._known.identity

    async def read(self) -> Answer:
        """Every outlet in as few requests as fit. A restart of the agent makes the device be recognised anew.

        Some agents drop requests that are too long for them: one that was just recognised and then is silent is asked
        for less at a time from then on.
        """
        try:
            known = self._known = self._known or await recognise(self._session, self._model_name)
            started_at = now()
            cells = await self._cells(known)
            ended_at = now()
            restarted, self._uptime_s = self._restarted(cells), _uptime(cells)
        except SnmpTrouble as trouble:
            if self._is_untried and trouble.failure.trouble is Trouble.SILENT:
                self._cells_a_request = max(_FEWEST_CELLS, self._cells_a_request // 2)
            return trouble.failure
        self._is_untried = False
        polls = polls_of(known, cells, (started_at, ended_at), self._uptime_s)
        if restarted:
            self._known = None
        return tuple(polls)

    async def close(self) -> None:
        """Sockets are shared between devices and closed with the process."""

    def _restarted(self, cells: dict[str, Value]) -> bool:
        uptime = _uptime(cells)
        return uptime is not None and self._uptime_s is not None and uptime < self._uptime_s

    async def _cells(self, known: Recognised) -> dict[str, Value]:
        cells: dict[str, Value] = {}
        outlets = [cells_of(known.model, row, energy=known.has_energy) for row in known.rows]
        for oids in _requests(outlets, self._cells_a_request):
            cells |= await self._session.get(oids)
        return cells


def _uptime(cells: dict[str, Value]) -> int | None:
    ticks = cells.get(SYS_UPTIME)
    return ticks // _UPTIME_TICKS if isinstance(ticks, int) else None


def _requests(outlets: Sequence[Sequence[str]], most: int) -> list[list[str]]:
    """Outlets packed into requests, never one outlet's cells into two; each begins with the agent's uptime."""
    requests: list[list[str]] = []
    for oids in outlets:
        if not requests or len(requests[-1]) + len(oids) > most:
            requests.append([SYS_UPTIME])
        requests[-1] += [oid for oid in oids if oid not in requests[-1]]
    return requests or [[SYS_UPTIME]]
