"""A site to simulate is checked before anything begins, and says exactly what its registers will have counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from hostbook.collect.clock import FastClock
from hostbook.collect.config import read_config
from hostbook.collect.drivers.modbus.map import load_map
from hostbook.collect.shared_clock import SharedClock
from hostbook.fakes.device_faults import BadScript, Kind, Script, script_of
from hostbook.fakes.miner.machine import Machine
from hostbook.fakes.modbus.meter import Meter
from hostbook.simulate.files import Folder, write_all
from hostbook.simulate.plan import BadSite, site_of
from hostbook.simulate.world import Span, by_unit, counted_wh, load_of, start_wh

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
PDU = {"name": "P{n}", "count": 2, "outlets": 3, "power_w": 3000}


def _site(**fields: Any) -> dict[str, Any]:
    return {"pdus": [PDU], "begins_at": "2026-11-01T00:00:00Z", "hours": 6} | fields


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "site: Input should be a valid dictionary"),
        ({}, "pdus: Field required"),
        (_site(pdus=[]), "pdus: List should have at least 1 item"),
        (_site(colour="red"), "colour: Extra inputs"),
        (_site(pdus=[PDU | {"model": "tripp-lite"}]), "no outlets of 'tripp-lite' count energy"),
        (_site(pdus=[PDU | {"name": "P"}]), "gives 2 devices one name"),
        (_site(pdus=[PDU | {"name": "P{x}"}]), "is no name"),
        (_site(pdus=[PDU, PDU]), "'P1' is there twice"),
        (_site(hours=1, poll_s=600), "fewer than 8 polls"),
        (_site(timezone="Mars/Base"), "is not an IANA time zone"),
        (_site(miners={"firmwares": ["dos"]}), "there is no firmware 'dos'"),
        (_site(meters=[{"map": "none"}]), "There is no map 'none'"),
        (_site(begins_at="2026-11-01T00:00:00"), "begins_at"),
        (_site(faults=[{"device": "P9", "kind": "reset", "at_h": 1}]), "there is no device 'P9'"),
        (_site(faults=[{"device": "P1", "kind": "half", "at_h": 1}]), "P1 knows no 'half'"),
        (_site(faults=[{"device": "P1", "kind": "reset", "at_h": 7}]), "lies outside of the 6 h"),
    ],
)
def test_a_site_that_cannot_be_simulated_is_refused_with_its_place(content: Any, told: str) -> None:
    with pytest.raises(BadSite) as refused:
        site_of(content)
    assert told in refused.value.message
    assert refused.value.remedy


def test_all_energy_lies_between_the_first_and_the_last_poll_on_whole_ticks() -> None:
    plan = site_of(_site(pdus=[PDU | {"model": "apc-rpdu2"}]))
    span, pdu = Span.of(plan), plan.all_pdus()[0]
    load = load_of(plan, span, pdu, 1)
    quiet = timedelta(seconds=3 * plan.poll_s)
    assert (load[0][0], load[-1]) == (BEGIN + quiet, (span.ends_at - quiet, 0))
    assert start_wh(plan, pdu, 1) % 100 == 0
    assert counted_wh(plan, span, pdu, 1) % 100 == 0
    assert len({counted_wh(plan, span, pdu, number) for number in (1, 2, 3)}) > 1
    assert [unit for unit, _ in by_unit(plan, span)][:4] == ["P1-M01", "P1-M02", "P1-M03", "P2-M01"]


def test_every_device_has_an_address_of_its_own(tmp_path: Any) -> None:
    plan = site_of(
        _site(pdus=[PDU | {"count": 300, "outlets": 1}], miners={"firmwares": ["luxos", "whatsminer-v3"]}, meters=[{}])
    )
    write_all(Folder(tmp_path), plan, Span.of(plan), {"url": "http://127.0.0.1:9"})
    config = read_config(tmp_path / "collect.json")
    assert len({device.address for device in config.devices}) == 601
    assert {device.driver for device in config.devices} == {"snmp", "cgminer", "whatsminer", "modbus"}


def test_a_simulations_clock_waits_for_its_beginning_runs_fast_and_stands_still_at_its_end() -> None:
    text = str(FastClock(BEGIN, BEGIN, BEGIN + timedelta(hours=1), 3600))
    assert FastClock.of(text).now() == BEGIN + timedelta(hours=1)  # long past by the wall
    ahead = datetime(2999, 1, 1, tzinfo=UTC)
    assert FastClock(ahead, BEGIN, BEGIN + timedelta(hours=1), 3600).now() == BEGIN


def test_scripted_faults_change_what_a_meter_counts() -> None:
    meter = Meter("M", "127.0.0.1", load_map("schneider-pm5000"), power_w=3600, start_wh=1000)

    def total(at_s: int, *faults: dict[str, Any]) -> int:
        words = meter.words(Script(script_of(faults)), Fraction(at_s))
        return int.from_bytes(b"".join(words[3203 + n].to_bytes(2, "big") for n in range(4)), "big")

    assert total(100) == 1100
    assert total(100, {"kind": "reset", "from_s": 90}) == 10
    assert total(100, {"kind": "stuck", "from_s": 40}) == 1040
    assert total(100, {"kind": "scale", "amount": 10}) == 11000
    assert total(100, {"kind": "rollover", "from_s": 90, "amount": 4}) == 6
    assert total(100, {"kind": "reset", "from_s": 90, "device": "other"}) == 1100


def test_scripted_faults_change_what_a_miner_tells() -> None:
    machine, began_at = Machine("U1", "127.0.0.1", "antminer", age_s=100), datetime(2020, 1, 1, tzinfo=UTC)
    restarted = machine.figures(Script(script_of([{"kind": "reset", "from_s": 0}])), began_at)
    assert machine.figures(Script([]), began_at).elapsed_s - restarted.elapsed_s in (100, 101)
    scaled = machine.figures(Script(script_of([{"kind": "scale", "amount": 1000}])), began_at)
    assert scaled.ths == 110_000


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"kind": "melted"}, "there are reset"),
        ({"kind": "slow"}, "needs an amount"),
        ({"kind": "reset", "colour": "red"}, "unknown field 'colour'"),
        ({"kind": "reset", "from_s": "soon"}, "Invalid literal"),
    ],
)
def test_a_script_of_faults_that_is_none_is_refused(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(BadScript, match=told):
        script_of([entry])
    assert script_of([{"kind": "reset"}], Fraction(7))[0].from_s == 7
    assert Kind("reset") is Kind.RESET


def test_a_shared_clock_stands_until_it_is_started_while_it_is_held_and_at_its_end(tmp_path: Path) -> None:
    end = BEGIN + timedelta(days=300)
    clock = SharedClock.make(tmp_path / "clock", BEGIN, end, 3600)
    other = SharedClock(tmp_path / "clock")
    assert other.now() == other.now() == BEGIN
    clock.start()
    sleep(0.01)
    passed = other.now() - BEGIN
    assert passed > timedelta(seconds=36)
    other.hold()
    other.hold()
    held = clock.now()
    sleep(0.01)
    other.release()
    assert clock.now() == held
    other.release()
    sleep(0.01)
    assert clock.now() > held
    short = SharedClock.make(tmp_path / "short", BEGIN, BEGIN + timedelta(seconds=1), 100_000)
    short.start()
    sleep(0.01)
    assert (short.now(), short.is_over()) == (BEGIN + timedelta(seconds=1), True)
