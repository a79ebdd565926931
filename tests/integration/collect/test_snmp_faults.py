"""What goes wrong with a PDU, seen through the driver: nothing is invented, nothing raises (CB-32; issue 5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest
import pytest_asyncio

from common.clock import instant_text, wall_now
from hostbook.collect.driver import Device, Failure, OutletState, PduPoll, Trouble
from hostbook.collect.drivers.snmp.gateway import SnmpDriver, build
from hostbook.collect.drivers.snmp.wire import close_engines
from support.pdus import AGENT_PORT, Agents, began_at, network

POWER_W, HELD_WH = 3600, 5_000_000


@pytest_asyncio.fixture(scope="module")
async def agents(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agents]:
    folder: Path = tmp_path_factory.mktemp("faulty")
    agent = {"name": "PDU-A", "address": f"{network()}.1", "port": AGENT_PORT, "model": "raritan-px", "outlets": 2}
    agent |= {"power_w": POWER_W, "start_wh": HELD_WH, "began_at": instant_text(began_at(1))}
    async with Agents(folder, [agent]) as running:
        yield running
    close_engines()


@pytest_asyncio.fixture
async def driver(agents: Agents) -> SnmpDriver:
    await agents.mend()
    return build(Device("PDU-A", "snmp", agents.agents[0]["address"], AGENT_PORT, Fraction(1, 2), 0))


async def _poll(driver: SnmpDriver) -> PduPoll:
    answer = await driver.read()
    assert isinstance(answer, tuple), answer
    return answer[0]


async def test_a_reset_a_rollover_and_a_stuck_register_are_handed_on_as_they_are(
    agents: Agents, driver: SnmpDriver
) -> None:
    before = await _poll(driver)
    assert before.outlets[0].energy_wh
    assert before.outlets[0].energy_wh > HELD_WH
    await agents.fault("PDU-A", "reset", outlet=1)
    first, second = (await _poll(driver)).outlets
    assert first.energy_wh in (0, 1)
    assert (second.energy_wh or 0) > HELD_WH
    await agents.fault("PDU-A", "rollover", outlet=1, value=5)
    held = (await _poll(driver)).outlets[0].energy_wh
    assert held is not None
    assert before.modulus_wh - 6 <= held < before.modulus_wh
    await agents.fault("PDU-A", "stuck", outlet=1)
    stuck = {(await _poll(driver)).outlets[0].energy_wh for _ in range(3)}
    assert len(stuck) == 1


async def test_a_wrong_scale_and_an_open_relay_show(agents: Agents, driver: SnmpDriver) -> None:
    await agents.fault("PDU-A", "wrong_scale", value=10)
    assert ((await _poll(driver)).outlets[0].energy_wh or 0) > 10 * HELD_WH
    await agents.fault("PDU-A", "off", outlet=2)
    first, second = (await _poll(driver)).outlets
    assert (first.state, second.state) == (OutletState.ON, OutletState.OFF)
    assert (first.power_w, second.power_w) == (POWER_W, 0)


async def test_a_cut_link_is_silence_and_the_next_answer_is_read_again(agents: Agents, driver: SnmpDriver) -> None:
    await _poll(driver)
    await agents.fault("PDU-A", "silent")
    failure = await driver.read()
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.SILENT
    await agents.mend()
    assert len((await _poll(driver)).outlets) == 2


async def test_slow_answers_are_waited_for_within_the_patience(agents: Agents, driver: SnmpDriver) -> None:
    await _poll(driver)
    await agents.fault("PDU-A", "slow", value=200)
    poll = await _poll(driver)
    assert (poll.ended_at - poll.started_at).total_seconds() >= 0.2
    assert poll.started_at < poll.polled_at < poll.ended_at
    await agents.fault("PDU-A", "slow", value=900)
    assert isinstance(await driver.read(), Failure)


async def test_an_agent_with_little_room_is_asked_in_parts(agents: Agents, driver: SnmpDriver) -> None:
    await _poll(driver)
    await agents.fault("PDU-A", "too_big", value=3)
    outlets = (await _poll(driver)).outlets
    assert [outlet.power_w for outlet in outlets] == [POWER_W, POWER_W]
    assert all(outlet.energy_wh and outlet.state is OutletState.ON for outlet in outlets)


async def test_an_agent_that_drops_long_requests_is_asked_for_less_from_the_second_time_on(
    agents: Agents, driver: SnmpDriver
) -> None:
    await agents.fault("PDU-A", "short", value=250)
    answers = []
    for _ in range(4):
        assert not isinstance(await driver.identify(), Failure)
        answers.append(isinstance(await driver.read(), tuple))
    assert (answers[0], answers[-1]) == (False, True)


async def test_a_rebooted_agent_is_recognised_anew(agents: Agents, driver: SnmpDriver) -> None:
    before = await _poll(driver)
    await agents.fault("PDU-A", "reboot")
    after = await _poll(driver)
    assert before.uptime_s is not None
    assert after.uptime_s is not None
    assert before.uptime_s > 3000 > after.uptime_s
    assert len((await _poll(driver)).outlets) == 2


def test_instants_are_those_of_the_poll() -> None:
    at = wall_now()
    assert PduPoll("1", at, at, (), Fraction(1), Fraction(1)).polled_at == at
