"""A collector whose file names the gateway alone: site, schedule, PDUs, meters and miners stand at Hostbook (CB-32)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest_asyncio

from hostbook.collect.spool.store import Kind, Spool
from support.pdus import AGENT_PORT, Agents, Collector, Receiver, eventually, network, none_left
from support.processes import Program, free_port

NET, OTHERS = network(), free_port()
SPEED = 40
MAP = {
    "model": "Branch circuits",
    "channels": [
        {"key": "a", "energy": {"register": 0, "type": "uint32", "unit": "kWh", "scale": "1/100"}},
        {"key": "b", "energy": {"register": 2, "type": "uint32", "unit": "kWh", "scale": "1/100"}},
    ],
}
SETTINGS: dict[str, Any] = {
    "site_id": "00000000-0000-0000-0000-000000000001",
    "site": "AMA-1",
    "version": 1,
    "schedule": {"pdus_s": 10, "miners_s": 10, "spread_s": 1},
    "limits": {"at_once": 8, "silent_after": 3, "pause_s": 60, "longest_pause_s": 300},
    "send_temperatures": False,
    "miners": [{"name": "M-1", "driver": "cgminer", "address": f"{NET}.21", "port": OTHERS, "options": {}}],
    "maps": {"branches": MAP},
}


@pytest_asyncio.fixture
async def devices(tmp_path: Path) -> AsyncIterator[None]:
    """Three PDUs, a meter and a miner."""
    (tmp_path / "map.json").write_text(json.dumps(MAP))
    meter = {"name": "ROW-7", "host": f"{NET}.11", "port": OTHERS, "map": str(tmp_path / "map.json"), "power_w": 7200}
    miner = {"name": "M-1", "host": f"{NET}.21", "port": OTHERS, "firmware": "luxos", "power_w": 3000}
    programs = []
    for kind, word, content in (("modbus", "--meters", [meter]), ("miner", "--machines", [miner])):
        (tmp_path / f"{kind}.json").write_text(json.dumps(content))
        control = free_port()
        words = [word, str(tmp_path / f"{kind}.json"), "--control-port", str(control)]
        programs.append(Program(f"hostbook.fakes.{kind}", words, control))
    pdus = [
        {"name": f"PDU-{n}", "address": f"{NET}.{n}", "port": AGENT_PORT, "model": "raritan-px", "outlets": 2}
        for n in (1, 2, 3)
    ]
    for program in programs:
        await program.start()
    async with Agents(tmp_path, [pdu | {"power_w": 3000, "start_wh": 10_000} for pdu in pdus]):
        yield
    await none_left()
    for program in programs:
        await program.stop()


@pytest_asyncio.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    one = Receiver(tmp_path)
    await one.start()
    yield one
    await one.kill()


def _pdus(*numbers: int) -> list[dict[str, Any]]:
    meter = {"driver": "modbus", "address": f"{NET}.11", "port": OTHERS, "options": {"map": "branches"}}
    found = {f"PDU-{n}": {"driver": "snmp", "address": f"{NET}.{n}", "port": AGENT_PORT} for n in numbers}
    registers = {"outlet_count": 2, "tick_kwh": "0.001", "modulus_kwh": "4294967.296"}
    return [
        registers | {"id": name, "name": name, "device": device} for name, device in {**found, "ROW-7": meter}.items()
    ]


def _set(receiver: Receiver, pdus: list[dict[str, Any]], version: int, **settings: Any) -> None:
    receiver.behave(pdus=pdus, collector=(200, {**deepcopy(SETTINGS), "version": version, **settings}))


def _polled(receiver: Receiver) -> set[str]:
    return {poll["pdu"] for poll in receiver.taken()}


def _miners(receiver: Receiver) -> set[str]:
    return {name for scan in receiver.taken("scans") for name in scan["miners"]}


async def test_what_is_set_at_hostbook_is_taken_over_whole_without_a_restart_or_a_lost_poll(
    devices: None, receiver: Receiver, tmp_path: Path
) -> None:
    def configuration() -> dict[str, Any]:
        found: dict[str, Any] = collector.status.get("configuration") or {}
        return found

    file = {"gateway": {"url": receiver.url, "refresh_s": 1}, "devices_from": "api", "status": {"log_s": 1}}
    collector = Collector(tmp_path, file | {"limits": {"retry_s": 1}}, SPEED)
    collector.set_key()
    await collector.start()
    await eventually(lambda: "bound to no site" in str((collector.status.get("gateway") or {}).get("pdu_list")))
    _set(receiver, _pdus(1), 1)
    await eventually(lambda: _polled(receiver) == {"PDU-1", "ROW-7"} and _miners(receiver) == {"M-1"})
    assert {scan["site"] for scan in receiver.taken("scans")} == {"AMA-1"}
    renamed = [{**SETTINGS["miners"][0], "name": "M-2"}]
    for spread_s in (2, 3):
        _set(receiver, _pdus(1, 2), spread_s, miners=renamed, schedule={**SETTINGS["schedule"], "spread_s": spread_s})
        await eventually(partial(lambda version: configuration().get("version") == version, spread_s))
    await eventually(lambda: "PDU-2" in _polled(receiver) and "M-2" in _miners(receiver))
    _set(receiver, _pdus(1, 2, 3), 4, schedule={"pdus_s": 5})
    await eventually(lambda: configuration()["trouble"])
    assert configuration()["trouble"].startswith("schedule.pdus_s: Input should be greater than or equal to 10.")
    assert (configuration()["version"], configuration()["site"]) == (3, "AMA-1")
    code, told, _ = await collector.run("--check")
    assert (code, "refused, and the one before kept: schedule.pdus_s" in told, "5 of 5 devices answer" in told) == (
        1, True, True,
    )  # fmt: skip
    await receiver.kill()
    await collector.stop()
    reads = collector.status["devices"]["PDU-1"]["reads"]
    assert len([poll for poll in receiver.taken() if poll["pdu"] == "PDU-1"]) + _waiting(tmp_path)["PDU-1"] == reads
    before = _waiting(tmp_path)
    await collector.start()
    await eventually(lambda: all(_waiting(tmp_path)[name] > before[name] for name in ("PDU-1", "PDU-2", "ROW-7")))
    await collector.stop()
    assert (configuration()["version"], "PDU-3" in _waiting(tmp_path)) == (3, False)


def _waiting(folder: Path) -> Counter[str]:
    spool = Spool(folder / "spool.db")
    found = Counter(waiting.entry.device for waiting in spool.batch(Kind.POLL, 10_000, 10**8))
    spool.close()
    return found
