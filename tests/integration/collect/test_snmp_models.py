"""Each supported PDU as an agent process: recognised and read over the wire, by v2c and v3, also from a recording."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from common.clock import instant_text, wall_now
from hostbook.collect.driver import Device, Failure, Identity, OutletState, PduPoll, Trouble
from hostbook.collect.drivers.snmp.gateway import SnmpDriver, build
from hostbook.collect.drivers.snmp.models import MODELS
from hostbook.collect.drivers.snmp.wire import close_engines
from support.pdus import AGENT_PORT, Agents, network

OUTLETS, POWER_W, START_WH = 24, 3600, 1_000_000
BEGAN_AGO = timedelta(hours=10)
NAMES = [model.name for model in MODELS]
WITHOUT_ENERGY = {"tripp-lite", "apc-switched"}
WITHOUT_POWER = {"apc-switched", "chatsworth"}
RECORDING = """1.3.6.1.2.1.1.1.0|4|Raritan PDU, recorded
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.13742.6
1.3.6.1.2.1.1.3.0|67|3046378168
1.3.6.1.4.1.13742.6.3.5.3.1.2.1.1|4|1
1.3.6.1.4.1.13742.6.3.5.3.1.2.1.2|4|2
1.3.6.1.4.1.13742.6.3.5.4.1.7.1.1.8|66|0
1.3.6.1.4.1.13742.6.3.5.4.1.7.1.2.8|66|1
1.3.6.1.4.1.13742.6.5.4.3.1.3.1.1.8|2|4
1.3.6.1.4.1.13742.6.5.4.3.1.3.1.2.8|2|-1
1.3.6.1.4.1.13742.6.5.4.3.1.4.1.1.8|66|5812658
1.3.6.1.4.1.13742.6.5.4.3.1.4.1.2.8|66|0
"""
Reach = Callable[..., SnmpDriver]


@pytest_asyncio.fixture(scope="module")
async def reach(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reach]:
    """Drivers of agents by name: one agent per model, one with a v3 user, one that replays a recording."""
    folder: Path = tmp_path_factory.mktemp("agents")
    (folder / "px3.snmprec").write_text(RECORDING)
    net, at = network(), wall_now() - BEGAN_AGO
    common = {
        "port": AGENT_PORT,
        "outlets": OUTLETS,
        "power_w": POWER_W,
        "start_wh": START_WH,
        "began_at": instant_text(at),
    }
    agents: list[dict[str, Any]] = [
        {"name": name, "address": f"{net}.{n}", "model": name, **common} for n, name in enumerate(NAMES, 1)
    ]
    user = {"name": "reader", "auth": "a long phrase", "privacy": "another phrase"}
    agents += [
        {
            "name": "secured",
            "address": f"{net}.101",
            "model": "raritan-px",
            "user": user,
            "community": "none",
            **common,
        },
        {"name": "recorded", "address": f"{net}.102", "port": AGENT_PORT, "recording": "px3.snmprec"},
    ]
    where = {agent["name"]: agent["address"] for agent in agents} | {"nobody": f"{net}.200"}

    def driver(name: str, **fields: Any) -> SnmpDriver:
        settings: dict[str, Any] = {"timeout_s": Fraction(1), "retries": 1} | fields
        return build(Device(name, "snmp", where[name], AGENT_PORT, **settings))

    async with Agents(folder, agents):
        yield driver
    close_engines()


async def _read(driver: SnmpDriver) -> tuple[Identity, tuple[PduPoll, ...]]:
    identity, polls = await driver.identify(), await driver.read()
    assert isinstance(identity, Identity), identity
    assert isinstance(polls, tuple), polls
    return identity, polls


@pytest.mark.parametrize("name", NAMES)
async def test_a_model_is_recognised_and_all_its_outlets_are_read(reach: Reach, name: str) -> None:
    identity, (poll,) = await _read(reach(name))
    assert identity.model.split()[0] == name
    assert [outlet.number for outlet in poll.outlets] == list(range(1, OUTLETS + 1))
    tick = 0 if name in WITHOUT_ENERGY else int(poll.tick_wh)
    for outlet in poll.outlets:
        assert outlet.power_w == (None if name in WITHOUT_POWER else POWER_W)
        if name in WITHOUT_ENERGY:
            assert outlet.energy_wh is None
        else:
            assert outlet.energy_wh is not None
            assert 0 <= outlet.energy_wh - (START_WH + 10 * POWER_W - tick) <= POWER_W // 60 + tick
    states = {outlet.state for outlet in poll.outlets}
    assert states <= {OutletState.ON, OutletState.UNKNOWN}
    assert (OutletState.UNKNOWN in states) == any("outlet state" in text for text in identity.cannot_read)
    assert (name in WITHOUT_ENERGY) == any("outlet energy" in text for text in poll.cannot_read)
    assert poll.uptime_s is None or poll.uptime_s >= BEGAN_AGO.total_seconds()


async def test_a_v3_user_reads_with_authentication_and_privacy(reach: Reach) -> None:
    options = {"version": "3", "user": "reader", "auth": "sha256", "privacy": "aes128"}
    secrets = {"auth": "a long phrase", "privacy": "another phrase"}
    _, (poll,) = await _read(reach("secured", options=options, secrets=secrets))
    assert poll.outlets[-1].power_w == POWER_W
    wrong = await reach("secured", options=options, secrets={**secrets, "auth": "not the phrase"}).identify()
    assert isinstance(wrong, Failure)
    assert wrong.trouble in (Trouble.DENIED, Trouble.SILENT)
    assert "phrase" not in wrong.reason


async def test_a_recorded_walk_is_read_as_it_stands(reach: Reach) -> None:
    identity, (poll,) = await _read(reach("recorded"))
    assert [outlet.energy_wh for outlet in poll.outlets] == [5_812_658, None]
    assert "energy of outlets 2" in poll.cannot_read
    assert poll.uptime_s == 30_463_781
    assert identity.outlets == 2


async def test_a_model_may_be_forced_and_is_then_the_only_one_tried(reach: Reach) -> None:
    wrong = await reach("recorded", options={"model": "eaton-g3"}).identify()
    assert isinstance(wrong, Failure)
    assert wrong.trouble is Trouble.UNKNOWN_MODEL
    assert "13742.6" in wrong.reason


async def test_silence_and_a_wrong_community_cost_the_patience_for_one_answer(reach: Reach) -> None:
    for driver in (reach("nobody"), reach("raritan-px", secrets={"community": "wrong"})):
        began_at = wall_now()
        failure = await driver.identify()
        assert isinstance(failure, Failure)
        assert failure.trouble is Trouble.SILENT
        assert "community" in failure.remedy
        assert wall_now() - began_at < timedelta(seconds=4)
