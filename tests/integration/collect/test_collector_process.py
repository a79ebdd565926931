"""`hostbook collect` as a process against agents and a receiver: nothing lost, nothing held up (issue 5)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hostbook.collect.spool.store import Kind, Spool
from support.pdus import AGENT_PORT, Agents, Collector, Receiver, eventually, metrics_of, network, none_left
from support.processes import free_port

NET = network()
NAMES = ["PDU-1", "PDU-2", "PDU-3"]
SPEED = 40  # ten seconds between polls pass in a quarter


def _agent(number: int) -> dict[str, Any]:
    place = {"name": f"PDU-{number}", "address": f"{NET}.{number}", "port": AGENT_PORT}
    return place | {"model": "raritan-px", "outlets": 4, "power_w": 3000, "start_wh": 10_000}


@pytest_asyncio.fixture(scope="module")
async def agents(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agents]:
    async with Agents(tmp_path_factory.mktemp("agents"), [_agent(number) for number in (1, 2, 3)]) as running:
        yield running


@pytest_asyncio.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    one = Receiver(tmp_path)
    await one.start()
    yield one
    await none_left()
    await one.kill()


def _devices(names: list[str], **fields: Any) -> list[dict[str, Any]]:
    place = {"port": AGENT_PORT, "timeout_s": 1, "retries": 0, **fields}
    return [{"name": name, "address": f"{NET}.{name[-1]}", **place} for name in names]


def _collector(folder: Path, receiver: Receiver, *, speed: int = SPEED, **fields: Any) -> Collector:
    content = {
        "site": "AMA-1",
        "gateway": {"url": receiver.url},
        "schedule": {"pdus_s": 10, "spread_s": 1},
        "limits": {"retry_s": 1, "silent_after": 2, "pause_s": 2, "longest_pause_s": 4},
        "status": {"log_s": 1},
        "devices": _devices(NAMES),
    }
    collector = Collector(folder, content | fields, speed)
    collector.set_key()
    return collector


def _reads(collector: Collector) -> dict[str, int]:
    return {name: device["reads"] for name, device in collector.status["devices"].items()}


async def test_every_read_of_a_time_without_a_link_arrives_once_it_is_back(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    collector = _collector(tmp_path, receiver)
    await collector.start()
    await eventually(lambda: len(receiver.taken()) >= 6)
    await receiver.kill()
    before = len(receiver.taken())
    await eventually(lambda: (collector.status.get("spool") or {}).get("waiting", 0) >= 12)
    await receiver.start()
    await eventually(lambda: len(receiver.taken()) >= before + 12)
    await collector.stop()
    reads = _reads(collector)
    drained, _, _ = await collector.run("--once")
    assert drained == 0
    arrived = {json.dumps(poll) for poll in receiver.taken()}
    instants = {(poll["pdu"], poll["polled_at"]) for poll in receiver.taken()}
    assert len(arrived) == len(instants)
    assert Counter(pdu for pdu, _ in instants) == {name: reads[name] + 1 for name in NAMES}
    assert all(len(poll["energy_wh"]) == 4 and min(poll["energy_wh"]) >= 10_000 for poll in receiver.taken())
    assert collector.status["spool"]["waiting"] == 0


async def test_what_a_killed_collector_had_read_is_sent_by_the_next_one(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.behave(status=503, retry_after=1)
    collector = _collector(tmp_path, receiver)
    await collector.start()
    await eventually(lambda: (collector.status.get("spool") or {}).get("waiting", 0) >= 6)
    await collector.kill()
    spool = Spool(tmp_path / "spool.db")
    kept = [json.loads(waiting.entry.body) for waiting in spool.batch(Kind.POLL, 1000, 10**7)]
    spool.close()
    assert len(kept) >= 6
    receiver.behave(most=2)
    code, _, _ = await collector.run("--once")
    assert code == 0
    taken = receiver.taken()
    assert all(poll in taken for poll in kept)
    calls = {(call["key"], call["count"], call["size"]) for call in receiver.calls()}
    assert len({key for key, _, _ in calls}) == len(calls)
    assert {call["authorization"] for call in receiver.calls()} == {"Bearer key-of-the-site"}


async def test_a_dead_pdu_costs_its_own_time_out_and_is_tried_less_and_less(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    collector = _collector(tmp_path, receiver, devices=_devices([*NAMES, "PDU-9"]))
    await collector.start()
    await eventually(lambda: collector.status and min(_reads(collector)[name] for name in NAMES) >= 12)
    await collector.stop()
    dead, living = collector.status["devices"]["PDU-9"], min(_reads(collector)[name] for name in NAMES)
    assert (dead["reads"], dead["stand"]) in {(0, "open"), (0, "half_open")}
    assert 2 <= dead["failed"] < living
    assert "did not answer" in dead["trouble"]


async def test_a_pdu_that_comes_back_is_read_again(agents: Agents, receiver: Receiver, tmp_path: Path) -> None:
    await agents.fault("PDU-2", "silent")
    collector = _collector(tmp_path, receiver)
    await collector.start()
    await eventually(lambda: collector.status and collector.status["devices"]["PDU-2"]["stand"] == "open")
    await agents.mend()
    await eventually(lambda: collector.status["devices"]["PDU-2"]["reads"] > 0)
    await collector.stop()
    assert collector.status["devices"]["PDU-2"]["trouble"] is None


async def test_what_the_gateway_refuses_is_kept_with_its_reason_and_may_be_sent_again(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.behave(refuse=["PDU-3"])
    collector = _collector(tmp_path, receiver, speed=1)
    await collector.run("--once")
    assert {poll["pdu"] for poll in receiver.taken()} == {"PDU-1", "PDU-2"}
    _, told, _ = await collector.run("refused")
    assert "There is no PDU 'PDU-3'. register it first" in told
    receiver.behave()
    assert "1 entries are in line again" in (await collector.run("refused", "--send-again"))[1]
    await collector.run("--once")
    assert Counter(poll["pdu"] for poll in receiver.taken())["PDU-3"] == 2


async def test_devices_may_stand_at_hostbook_and_clocks_that_differ_are_told(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    device = {"driver": "snmp", "address": f"{NET}.1", "port": AGENT_PORT, "options": {"version": "2c"}}
    pdu = {"name": "PDU-X", "outlet_count": 6, "tick_kwh": "0.001", "modulus_kwh": "4294967.296", "device": device}
    receiver.behave(pdus=[pdu], skew_s=-90, collector=(200, {"site": "AMA-1", "version": 0}))
    port = free_port()
    collector = _collector(
        tmp_path, receiver, devices_from="api", devices=[], status={"log_s": 1, "metrics_port": port}
    )
    await collector.start()
    await eventually(lambda: receiver.taken())
    await eventually(lambda: (collector.status.get("gateway") or {}).get("clock_ahead_s"))
    await asyncio.sleep(1.2)
    told = await metrics_of(port)
    await collector.stop()
    assert (receiver.taken()[0]["pdu"], receiver.taken()[0]["energy_wh"][4:]) == ("PDU-X", [None, None])
    assert 88 <= collector.status["gateway"]["clock_ahead_s"] <= 92
    assert '"clock.skew"' in (tmp_path / "log").read_text()
    assert 'hostbook_collect_device_answers{device="PDU-X"} 1.0' in told


async def test_the_check_tells_of_every_device_and_fails_if_one_does(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    pdu = {"name": "PDU-1", "outlet_count": 3, "tick_kwh": "0.1", "modulus_kwh": "4294967.296", "device": None}
    receiver.behave(pdus=[pdu])
    collector = _collector(tmp_path, receiver, speed=1, devices=_devices(["PDU-1", "PDU-9"]))
    (code, told, _), (_, plain, _) = await asyncio.gather(collector.run("--check"), collector.run("--check", "--json"))
    assert code == 1
    for text in ("raritan-px", "did not answer", "time of the last reset", "1 of 2 devices answer", "gateway: answers"):
        assert text in told
    good, dead = json.loads(plain)["devices"]
    assert good["pdus"][0]["outlets"][0]["state"] == "on"
    assert good["notes"] == [
        "PDU-1 is registered with 3 outlets and has 4",
        "PDU-1: tick_kwh is registered as 0.1, the device has 0.001",
    ]
    assert (dead["good"], dead["trouble"]["kind"]) == (False, "silent")


async def test_names_and_states_of_outlets_are_told_when_they_change_and_wrong_names_are_noted(
    agents: Agents, receiver: Receiver, tmp_path: Path
) -> None:
    known = [{"position": 2, "outlet": "Row 4/2", "unit": "M07", "note": "The PDU calls this outlet 'PDU-1-2'."}]
    pdu = {"name": "PDU-1", "id": "p1", "outlet_count": 3, "tick_kwh": "0.001", "modulus_kwh": "4294967.296"}
    receiver.behave(pdus=[pdu | {"device": None, "outlets": known}], status=503)
    collector = _collector(tmp_path, receiver, devices=_devices(["PDU-1"]))
    await collector.start()
    await eventually(lambda: collector.status and _reads(collector)["PDU-1"] > 0)
    receiver.behave(pdus=[pdu | {"device": None, "outlets": known}])
    await eventually(lambda: receiver.taken("outlets"))
    await agents.fault("PDU-1", "off", outlet=3)
    await eventually(lambda: len(receiver.taken("outlets")) > 1)
    await eventually(lambda: "PDU-1/outlets" in collector.status["notes"])
    await collector.stop()
    await agents.mend()
    first, second = receiver.taken("outlets")
    assert (first["pdu_id"], first["outlets"][1]) == ("p1", {"position": 2, "name": "PDU-1-2", "state": "on"})
    assert [one["state"] for one in second["outlets"]] == ["on", "on", "off"]
    assert first["seen_at"] < second["seen_at"]
    (_, told, _), (_, plain, _) = await asyncio.gather(collector.run("--check"), collector.run("--check", "--json"))
    (device,) = json.loads(plain)["devices"]
    assert "PDU-1: outlet 2 is called 'PDU-1-2'; at Hostbook it is Row 4/2 and feeds M07" in device["notes"]
    assert [one["name"] for one in device["pdus"][0]["outlets"]][:2] == ["PDU-1-1", "PDU-1-2"]
    assert "1 'PDU-1-1': " in told


async def test_the_check_of_devices_alone_needs_no_gateway(agents: Agents, receiver: Receiver, tmp_path: Path) -> None:
    collector = _collector(tmp_path, receiver, speed=1)
    await receiver.kill()
    alone, whole = await asyncio.gather(collector.run("--check", "--devices-only"), collector.run("--check"))
    assert (alone[0], whole[0]) == (0, 1)


async def test_a_secret_is_read_from_standard_input_and_its_name_is_listed(tmp_path: Path) -> None:
    collector = Collector(tmp_path, {"site": "AMA-1", "gateway": {"url": "https://hosting.example"}})
    assert (await collector.run("secret", "set", "pdus", given="correct horse\n"))[0] == 0
    assert (await collector.run("secret", "list"))[1] == "pdus\n"
    assert "horse" not in (tmp_path / "secrets.json").read_text()


async def test_a_configuration_that_cannot_work_ends_the_command_with_field_and_remedy(tmp_path: Path) -> None:
    content = {"site": "AMA-1", "gateway": {"url": "hosting.example"}}
    code, _, told = await Collector(tmp_path, content).run()
    assert code == 2
    assert "gateway.url: 'hosting.example' has no scheme" in told
    assert "https://name" in told
