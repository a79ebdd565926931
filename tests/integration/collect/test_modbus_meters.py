"""Meters as processes that speak Modbus TCP: registers to exact Wh, and what becomes of every bad answer (CB-32)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

import httpx
import pytest
import pytest_asyncio

from hostbook.collect.driver import Device, Failure, Identity, PduPoll, Trouble
from hostbook.collect.registry import driver_of
from support.processes import Program, free_port, listening

PATIENCE_S = Fraction(3, 10)
OWN = """
model: Branch circuits
words: little
function: 4
most_registers: 20
channels:
  - key: a
    name: Row A
    energy: {register: 0, type: uint32, unit: kWh, scale: 0.01}
    power: {register: 8, type: uint16, unit: W}
  - key: b
    name: Row B
    energy: {register: 2, type: uint32, unit: kWh, scale: 0.01}
    power: {register: 9, type: uint16, unit: W}
  - {key: c, name: Row C, energy: {register: 300, type: uint32, unit: kWh, scale: 0.01}}
"""


@dataclass(frozen=True, slots=True)
class Fakes:
    """Where the meters answer, and the test's side of the process."""

    port: int
    own: str
    control: httpx.AsyncClient

    def device(self, name: str, **options: Any) -> Device:
        places = {"feeder": ("127.34.7.1", "schneider-pm5000"), "branches": ("127.34.7.2", self.own)}
        host, register_map = places[name]
        return Device(name, "modbus", host, self.port, PATIENCE_S, 0, {"map": register_map, **options})

    async def suffers(self, kind: str, **fields: Any) -> None:
        answer = await self.control.post("/_fake/faults", json=[{"kind": kind, **fields}])
        assert answer.status_code == 200, answer.text

    async def heals(self) -> None:
        await self.control.delete("/_fake/faults")


@pytest_asyncio.fixture(scope="module")
async def fakes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fakes]:
    folder, port, control = tmp_path_factory.mktemp("meters"), free_port(), free_port()
    own = folder / "own.yaml"
    own.write_text(OWN)
    meters = [
        {"name": "feeder", "host": "127.34.7.1", "port": port, "map": "schneider-pm5000", "power_w": 720_000},
        {"name": "branches", "host": "127.34.7.2", "port": port, "map": str(own), "power_w": 7200, "start_wh": 990},
    ]
    (folder / "meters.json").write_text(json.dumps(meters))
    arguments = ["--meters", str(folder / "meters.json"), "--control-port", str(control)]
    program = Program("hostbook.fakes.modbus", arguments, control)
    await program.start()
    await listening(control)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{control}") as client:
        yield Fakes(port, str(own), client)
    await program.stop()


async def _poll(device: Device) -> PduPoll:
    found = await driver_of(device).read()
    assert isinstance(found, tuple), found
    return found[0]


async def _failure(device: Device) -> Failure:
    found = await driver_of(device).read()
    assert isinstance(found, Failure), found
    assert found.reason
    assert found.remedy
    return found


async def test_a_feeders_meter_is_read_in_whole_wh(fakes: Fakes) -> None:
    driver = driver_of(fakes.device("feeder"))
    identity = await driver.identify()
    assert isinstance(identity, Identity), identity
    assert (identity.model, identity.serial, identity.outlets) == ("Schneider PowerLogic PM5000 series", "4711", 1)
    poll = await _poll(fakes.device("feeder"))
    await asyncio.sleep(0.2)
    later = await _poll(fakes.device("feeder"))
    (total,), (grown,) = poll.outlets, later.outlets
    assert total.energy_wh is not None
    assert grown.energy_wh is not None
    assert 1_000_000 <= total.energy_wh < grown.energy_wh < 1_100_000  # 200 Wh a second
    assert (total.power_w, total.reset_stamp) == (720_000, "restarts=7 control_power_failures=7")
    assert (poll.tick_wh, poll.modulus_wh, poll.serial) == (Fraction(1), Fraction(2**63), "4711")
    assert poll.started_at <= poll.polled_at <= poll.ended_at


async def test_branches_of_a_map_of_ones_own_are_read_by_its_order_and_function(fakes: Fakes) -> None:
    poll = await _poll(fakes.device("branches"))
    assert [(one.key, one.number, one.name, one.power_w) for one in poll.outlets] == [
        ("a", 1, "Row A", 7200),
        ("b", 2, "Row B", 14400),
        ("c", 3, "Row C", None),
    ]
    assert all(one.energy_wh is not None and one.energy_wh % 10 == 0 for one in poll.outlets)
    assert poll.tick_wh == 10
    assert poll.cannot_read[0] == "watts of c: not in the map"


async def test_reset_rollover_and_stuck_registers_come_as_they_are(fakes: Fakes) -> None:
    await fakes.suffers("reset", device="feeder")
    poll = await _poll(fakes.device("feeder"))
    assert poll.outlets[0].energy_wh is not None
    assert poll.outlets[0].energy_wh < 1000
    assert poll.outlets[0].reset_stamp == "restarts=8 control_power_failures=8"
    await fakes.heals()
    await fakes.suffers("rollover", device="branches", amount=50)
    await fakes.suffers("stuck", device="branches")
    one, two = await _poll(fakes.device("branches")), await _poll(fakes.device("branches"))
    assert [read.energy_wh for read in one.outlets] == [read.energy_wh for read in two.outlets]
    assert one.outlets[0].energy_wh is not None
    assert one.modulus_wh - one.outlets[0].energy_wh <= 60
    await fakes.heals()


async def test_a_wrong_scale_is_ten_times_the_energy_and_the_power(fakes: Fakes) -> None:
    await fakes.suffers("scale", device="feeder", amount=10)
    poll = await _poll(fakes.device("feeder"))
    assert poll.outlets[0].power_w == 7_200_000
    await fakes.heals()


@pytest.mark.parametrize("kind", ["silent", "slow", "dropped", "half"])
async def test_a_meter_that_does_not_answer_well_is_a_failure_within_its_patience(fakes: Fakes, kind: str) -> None:
    await fakes.suffers(kind, device="feeder", amount=3)
    begun = monotonic()
    failure = await _failure(fakes.device("feeder"))
    assert failure.trouble is Trouble.SILENT
    assert monotonic() - begun < 1.5
    await fakes.heals()
    assert (await _poll(fakes.device("feeder"))).outlets[0].power_w == 720_000


async def test_a_closed_port_and_another_unit_are_told(fakes: Fakes) -> None:
    closed = Device("off", "modbus", "127.34.7.9", fakes.port, PATIENCE_S, 0, {"map": "schneider-pm5000"})
    assert (await _failure(closed)).trouble is Trouble.UNREACHABLE
    other = await _failure(fakes.device("feeder", unit_id=9))
    assert "unit 9" in other.reason
