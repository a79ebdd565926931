"""What the fakes and the collector read: a file each, in one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from common.clock import instant_text
from hostbook.collect.drivers.modbus.map import shipped
from hostbook.simulate.plan import FaultEntry, SitePlan
from hostbook.simulate.world import Span, load_of, start_wh

_PDUS, _MINERS, _METERS = 0, 100, 200
_ROW = 250


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one simulation."""

    path: Path

    @property
    def pdus(self) -> Path:
        return self.path / "pdus.json"

    @property
    def miners(self) -> Path:
        return self.path / "miners.json"

    @property
    def meters(self) -> Path:
        return self.path / "meters.json"

    @property
    def faults(self) -> Path:
        return self.path / "faults.json"

    @property
    def collector(self) -> Path:
        return self.path / "collect.json"

    @property
    def clock(self) -> Path:
        return self.path / "clock"

    @property
    def status(self) -> Path:
        return self.path / "status.json"


def write_all(folder: Folder, plan: SitePlan, span: Span, gateway: Mapping[str, Any]) -> None:
    """Every file of the simulation; what an earlier one left in the folder is replaced."""
    folder.path.mkdir(parents=True, exist_ok=True)
    for old in folder.path.iterdir():
        old.unlink()
    _write(folder.pdus, {"agents": _agents(plan, span), "faults": _pdu_faults(plan, span)})
    _write(folder.miners, _machines(plan))
    _write(folder.meters, _meters(plan))
    _write(folder.faults, _device_faults(plan))
    _write(folder.collector, _collector(plan, gateway))


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _address(plan: SitePlan, kind: int, index: int) -> str:
    """An address of the loopback network for the device of a kind."""
    return f"127.{plan.network}.{kind + index // _ROW}.{1 + index % _ROW}"


def _agents(plan: SitePlan, span: Span) -> list[dict[str, Any]]:
    return [
        {
            "name": pdu.name,
            "address": _address(plan, _PDUS, index),
            "port": plan.snmp_port,
            "model": pdu.group.model,
            "outlets": pdu.group.outlets,
            "began_at": instant_text(span.begins_at),
            "start_wh": [start_wh(plan, pdu, number) for number in _numbers(pdu.group.outlets)],
            "power_w": [
                [[instant_text(at), watts] for at, watts in load_of(plan, span, pdu, number)]
                for number in _numbers(pdu.group.outlets)
            ],
        }
        for index, pdu in enumerate(plan.all_pdus())
    ]


def _pdu_faults(plan: SitePlan, span: Span) -> list[dict[str, Any]]:
    pdus = {pdu.name for pdu in plan.all_pdus()}
    return [_pdu_fault(span, fault) for fault in plan.faults if fault.device in pdus]


def _pdu_fault(span: Span, fault: FaultEntry) -> dict[str, Any]:
    def at(hours: Any) -> str:
        return instant_text(span.begins_at + timedelta(seconds=int(hours * 3600)))

    entry = {"agent": fault.device, "kind": fault.kind, "from_at": at(fault.at_h), "value": fault.amount}
    return entry | {"outlet": fault.outlet, "to_at": at(fault.until_h) if fault.until_h is not None else None}


def _machines(plan: SitePlan) -> list[dict[str, Any]]:
    if plan.miners is None:
        return []
    power = {unit: pdu.group.power_w for pdu in plan.all_pdus() for unit in pdu.units()}
    return [
        {
            "name": unit,
            "host": _address(plan, _MINERS, index),
            "port": plan.miner_port,
            "firmware": plan.miners.firmwares[index % len(plan.miners.firmwares)],
            "ths": str(plan.miners.ths),
            "power_w": power[unit],
        }
        for index, unit in enumerate(plan.miner_units())
    ]


def _meters(plan: SitePlan) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "host": _address(plan, _METERS, index),
            "port": plan.modbus_port,
            "map": group.map if group.map in shipped() else str(Path(group.map).absolute()),
            "power_w": group.power_w,
        }
        for index, (name, group) in enumerate(plan.all_meters())
    ]


def _device_faults(plan: SitePlan) -> list[dict[str, Any]]:
    pdus = {pdu.name for pdu in plan.all_pdus()}
    return [
        {
            "device": fault.device,
            "kind": fault.kind,
            "from_s": str(fault.at_h * 3600),
            "to_s": None if fault.until_h is None else str(fault.until_h * 3600),
            "amount": str(fault.amount or 0),
        }
        for fault in plan.faults
        if fault.device not in pdus
    ]


def _collector(plan: SitePlan, gateway: Mapping[str, Any]) -> dict[str, Any]:
    patience: dict[str, Any] = {"timeout_s": 3, "retries": 1}
    devices = [
        {"name": agent.name, "driver": "snmp", "address": _address(plan, _PDUS, index), "port": plan.snmp_port}
        | {"credential": "pdus", **patience}
        for index, agent in enumerate(plan.all_pdus())
    ]
    v3 = "whatsminer-v3"
    devices += [
        {
            "name": machine["name"],
            "driver": "whatsminer" if machine["firmware"] == v3 else "cgminer",
            "address": machine["host"],
            "port": machine["port"],
            **patience,
        }
        for machine in _machines(plan)
    ]
    devices += [
        {"name": meter["name"], "driver": "modbus", "address": meter["host"], "port": meter["port"]}
        | {"map": meter["map"], **patience}
        for meter in _meters(plan)
    ]
    return {
        "site": plan.code,
        "gateway": dict(gateway),
        "schedule": {"pdus_s": plan.poll_s, "miners_s": plan.scan_s, "spread_s": 0},
        "limits": {"at_once": 64, "pause_s": 1, "longest_pause_s": 2, "retry_s": 2},
        "status": {"file": "status.json", "log_s": 1},
        "devices": devices,
    }


def _numbers(count: int) -> range:
    return range(1, count + 1)
