"""Miners as processes that speak as their firmwares do: read, and what becomes of every way to answer badly (CB-33)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
import pytest_asyncio

from hostbook.collect.driver import Device, Failure, Identity, MinerRead, MinerStatus, Trouble
from hostbook.collect.registry import driver_of
from support.processes import Program, free_port, listening

FIRMWARES = ("antminer", "antminer-old", "luxos", "braiins", "vnish", "whatsminer", "whatsminer-v3", "avalon")
NAMES = {
    "antminer": "Antminer 49.0.1.3",
    "antminer-old": "Antminer 16.8.1.3",
    "luxos": "LuxOS 2025.4.8",
    "braiins": "Braiins OS boser-openwrt 0.1.0",
    "vnish": "VNish 1.2.7",
    "whatsminer": "Whatsminer 20210322.22.REL",
    "whatsminer-v3": "Whatsminer 20251209.16.Rel2",
    "avalon": "Avalon 21072802",
}
PATIENCE_S = Fraction(3, 10)


@dataclass(frozen=True, slots=True)
class Fakes:
    """Where the machines answer, and the test's side of the process."""

    port: int
    control: httpx.AsyncClient

    def device(self, name: str, *, retries: int = 0) -> Device:
        number = (*FIRMWARES, *RECORDED).index(name) + 1
        driver = "whatsminer" if name == "whatsminer-v3" else "cgminer"
        return Device(name, driver, f"127.33.7.{number}", self.port, PATIENCE_S, retries)

    async def suffers(self, kind: str, device: str, **fields: Any) -> None:
        answer = await self.control.post("/_fake/faults", json=[{"kind": kind, "device": device, **fields}])
        assert answer.status_code == 200, answer.text

    async def heals(self) -> None:
        await self.control.delete("/_fake/faults")


RECORDED = {
    "denied": {"summary.json": b'{"STATUS":[{"STATUS":"E","Code":45,"Msg":"Access denied to \'summary\' command"}]}\0'},
    "flood": {"summary.json": b'{"SUMMARY":[{"MHS 5s":1,"x":"' + b"x" * 600_000 + b'"}]}'},
    "web": {"summary.json": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
    "words": {
        "summary.json": b'{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"Elapsed":9,"GHS 5s":nan,"GHS av":1.5}]}\0',
        "stats.json": b'{"STATS":[{"Type":"Antminer S9"}{"GHS 5s":"13504.56","temp6":61}]}\0',
    },
}
"""Answers as recorded files hold them, by machine and command."""


@pytest_asyncio.fixture(scope="module")
async def fakes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fakes]:
    folder, port, control = tmp_path_factory.mktemp("miners"), free_port(), free_port()
    (folder / "machines.json").write_text(json.dumps(_machines(folder, port)))
    program = Program(
        "hostbook.fakes.miner",
        ["--machines", str(folder / "machines.json"), "--control-port", str(control)],
        control,
    )
    await program.start()
    await listening(control)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{control}") as client:
        yield Fakes(port, client)
    await program.stop()


def _machines(folder: Path, port: int) -> list[dict[str, Any]]:
    machines: list[dict[str, Any]] = []
    for number, name in enumerate((*FIRMWARES, *RECORDED), 1):
        machine: dict[str, Any] = {"name": name, "host": f"127.33.7.{number}", "port": port, "power_w": 3000}
        machine["firmware"] = name if name in FIRMWARES else "antminer"
        if name in RECORDED:
            (folder / name).mkdir()
            for file, content in RECORDED[name].items():
                (folder / name / file).write_bytes(content)
            machine["recorded"] = str(folder / name)
        machines.append(machine)
    return machines


async def _read(device: Device) -> MinerRead:
    found = await driver_of(device).read()
    assert isinstance(found, MinerRead), found
    return found


async def _failure(device: Device) -> Failure:
    found = await driver_of(device).read()
    assert isinstance(found, Failure), found
    assert found.reason
    assert found.remedy
    return found


@pytest.mark.parametrize("firmware", FIRMWARES)
async def test_every_firmware_is_identified_and_read_over_its_own_wire(fakes: Fakes, firmware: str) -> None:
    driver = driver_of(fakes.device(firmware))
    identity = await driver.identify()
    assert isinstance(identity, Identity), identity
    assert identity.firmware == NAMES[firmware]
    assert identity.outlets == 0
    read = await driver.read()
    await driver.close()
    assert isinstance(read, MinerRead), read
    assert (read.status, read.firmware) == (MinerStatus.HASHING, NAMES[firmware])
    assert read.hashrate_ths is not None
    assert abs(read.hashrate_ths - 110) < 3
    assert read.power_w == (None if firmware.startswith("antminer") else 3000)
    assert len(read.pools) == 1


@pytest.mark.parametrize("firmware", ["antminer", "whatsminer-v3"])
async def test_a_machine_that_does_not_answer_in_time_costs_its_own_patience_only(fakes: Fakes, firmware: str) -> None:
    await fakes.suffers("silent", firmware)
    begun = monotonic()
    failure = await _failure(fakes.device(firmware, retries=1))
    assert failure.trouble is Trouble.SILENT
    assert monotonic() - begun < 2.5 * float(PATIENCE_S) + 0.5
    await fakes.heals()
    assert (await _read(fakes.device(firmware))).status is MinerStatus.HASHING


async def test_slow_answers_are_waited_for_within_the_patience(fakes: Fakes) -> None:
    await fakes.suffers("slow", "luxos", amount="0.1")
    assert (await _read(fakes.device("luxos"))).status is MinerStatus.HASHING
    await fakes.heals()
    await fakes.suffers("slow", "luxos", amount="2")
    assert (await _failure(fakes.device("luxos"))).trouble is Trouble.SILENT
    await fakes.heals()


@pytest.mark.parametrize("firmware", ["antminer", "braiins", "whatsminer-v3"])
async def test_half_an_answer_is_never_half_believed(fakes: Fakes, firmware: str) -> None:
    await fakes.suffers("half", firmware)
    failure = await _failure(fakes.device(firmware))
    assert failure.trouble is Trouble.NONSENSE
    assert "break" in failure.reason or "broke off" in failure.reason
    await fakes.heals()


async def test_a_cut_connection_and_a_closed_port_are_told_apart_from_nonsense(fakes: Fakes) -> None:
    await fakes.suffers("dropped", "vnish")
    assert (await _failure(fakes.device("vnish"))).trouble in (Trouble.SILENT, Trouble.NONSENSE)
    await fakes.heals()
    closed = Device("off", "cgminer", "127.33.7.200", fakes.port, PATIENCE_S, 0)
    assert (await _failure(closed)).trouble is Trouble.UNREACHABLE


async def test_recorded_answers_are_taken_or_refused_for_what_they_are(fakes: Fakes) -> None:
    denied = await _failure(fakes.device("denied"))
    assert (denied.trouble, "api-allow" in denied.remedy) == (Trouble.DENIED, True)
    flood = await _failure(fakes.device("flood"))
    assert flood.trouble is Trouble.NONSENSE
    assert "more than 524,288 bytes" in flood.reason
    web = await _failure(fakes.device("web"))
    assert "HTTP" in web.reason
    words = await _read(fakes.device("words"))
    assert (words.hashrate_ths, words.temperature_c) == (Fraction("13.50456"), Fraction(61))


async def test_a_restart_a_stuck_counter_and_a_wrong_scale_are_seen_in_the_figures(fakes: Fakes) -> None:
    device = fakes.device("antminer")
    before = await _read(device)
    assert before.total_mh
    assert before.elapsed_s
    await fakes.suffers("reset", "antminer")
    await asyncio.sleep(1.1)
    restarted = await _read(device)
    assert restarted.elapsed_s is not None
    assert restarted.elapsed_s < before.elapsed_s
    await fakes.heals()
    await fakes.suffers("stuck", "antminer")
    one, two = await _read(device), await _read(device)
    assert (one.total_mh, one.hashrate_ths) == (two.total_mh, two.hashrate_ths)
    await fakes.heals()
    await fakes.suffers("scale", "antminer", amount=1000)
    scaled = await _read(device)
    assert scaled.hashrate_ths is not None
    assert scaled.hashrate_ths > 100_000
    await fakes.heals()


async def test_a_machine_put_to_sleep_is_online_and_hashes_nothing(fakes: Fakes) -> None:
    await fakes.control.post("/_fake/machines/whatsminer", json={"is_asleep": True})
    read = await _read(fakes.device("whatsminer"))
    assert (read.status, read.hashrate_ths) == (MinerStatus.ONLINE, Fraction(0))
    await fakes.control.post("/_fake/machines/whatsminer", json={"is_asleep": False})
