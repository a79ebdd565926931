"""Every firmware is recognised by its own words, and its figures are read where it keeps them (CB-33, CM-29)."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from hostbook.collect.driver import Failure, MinerRead, MinerStatus, Trouble
from hostbook.collect.drivers.cgminer.answers import Answers, refusal
from hostbook.collect.drivers.cgminer.family import Family
from hostbook.collect.drivers.cgminer.recognise import family_of
from hostbook.collect.drivers.cgminer.repair import document
from hostbook.fakes.device_faults import Script
from hostbook.fakes.miner.dialects import text_of
from hostbook.fakes.miner.machine import Machine
from hostbook.fakes.miner.server import DIALECTS

AT = datetime(2026, 11, 1, tzinfo=UTC)
FIRMWARES = {
    "antminer": ("Antminer", None, True),
    "antminer-old": ("Antminer", None, True),
    "luxos": ("LuxOS", 3000, False),
    "braiins": ("Braiins OS", 3000, True),
    "vnish": ("VNish", 3000, False),
    "whatsminer": ("Whatsminer", 3000, True),
    "avalon": ("Avalon", 3000, False),
}
"""Firmware -> the name it is recognised by, the watts it tells, whether its counter of work counts."""


def _answers(firmware: str, **fields: Any) -> Answers:
    machine = Machine("U1", "127.0.0.1", firmware, power_w=3000, **fields)
    figures = machine.figures(Script([]), AT)
    dialect = DIALECTS[firmware]
    told = {name: document(text_of(dialect, words(machine, figures))) for name, words in dialect.answers.items()}
    return Answers({name: answer for name, answer in told.items() if refusal(answer) is None})


def _read(answers: Answers) -> tuple[Family, MinerRead]:
    family = family_of(answers)
    found = family.read(answers, AT)
    assert isinstance(found, MinerRead)
    return family, found


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_hashing_miner_is_read_by_its_own_firmwares_words(firmware: str) -> None:
    name, watts, counts = FIRMWARES[firmware]
    family, read = _read(_answers(firmware))
    assert family.name == name
    assert read.status is MinerStatus.HASHING
    assert read.hashrate_ths is not None
    assert abs(read.hashrate_ths - 110) < 3
    assert read.power_w == watts
    assert ("watts" in read.cannot_read) is (watts is None)
    assert read.temperature_c is not None
    assert 60 < read.temperature_c < 75
    assert [(pool.url, pool.is_active) for pool in read.pools] == [("stratum+tcp://pool.example:3333", True)]
    assert (read.total_mh is not None) is counts
    assert read.firmware is not None
    assert read.firmware.startswith(name)


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_miner_that_sleeps_answers_without_hashing(firmware: str) -> None:
    _, read = _read(_answers(firmware, is_asleep=True))
    assert (read.status, read.hashrate_ths) == (MinerStatus.ONLINE, Fraction(0))


def test_a_model_is_named_without_what_the_firmware_adds() -> None:
    assert family_of(_answers("vnish")).identity(_answers("vnish")).model == "Antminer S19 Pro"
    old = _answers("antminer-old")
    assert family_of(old).identity(old).model == "Antminer S19 Pro"
    lux = family_of(_answers("luxos")).identity(_answers("luxos"))
    assert (lux.serial, lux.firmware) == ("SN-U1", "LuxOS 2025.4.8")
    assert lux.cannot_read == ("a counter of work: its Total MH is an average",)


def test_a_whatsminer_switched_off_hashes_nothing_whatever_its_summary_keeps() -> None:
    awake = _answers("whatsminer")
    off = {"STATUS": "S", "Msg": {"mineroff": "true"}}
    _, read = _read(Answers({**awake.documents, "status": off}))
    assert (read.status, read.hashrate_ths) == (MinerStatus.ONLINE, Fraction(0))
    silent = Answers({"status": off, "get_version": awake.documents["get_version"]})
    assert _read(silent)[1].status is MinerStatus.ONLINE


def test_a_whatsminer_that_tells_minus_one_watt_tells_none() -> None:
    awake = _answers("whatsminer")
    row = awake.documents["summary"]["SUMMARY"][0] | {"Power": -1, "Power_RT": -1}
    _, read = _read(Answers({**awake.documents, "summary": {"SUMMARY": [row]}}))
    assert read.power_w is None


def test_an_avalons_watts_are_those_at_the_wall() -> None:
    text = "PS[0 1214 1316 242 3189 1320 3504] GHSspd[81072.68] SoftOFF[0]"
    _, read = _read(Answers({"stats": {"STATS": [{"MM ID0": text}]}}))
    assert (read.power_w, read.hashrate_ths) == (3504, Fraction("81.07268"))
    _, told = _read(Answers({"stats": {"STATS": [{"MM ID0": text + " WALLPOWER[3731]"}]}}))
    assert told.power_w == 3731


def test_an_avalon_softly_off_hashes_nothing_though_its_averages_go_on() -> None:
    text = "GHSspd[55.00] GHSmm[55032.79] GHSavg[44499.41] SoftOFF[4] SYSTEMSTATU[Work: In Idle, Hash Board: 1]"
    _, read = _read(Answers({"stats": {"STATS": [{"MM ID0:Summary": text}]}}))
    assert (read.status, read.hashrate_ths) == (MinerStatus.ONLINE, Fraction(0))


def test_vnish_watts_of_zero_while_hashing_are_no_measurement() -> None:
    answers = _answers("vnish")
    rows = [dict(row) for row in answers.documents["stats"]["STATS"]]
    rows[1] |= {f"chain_consumption{n}": 0 for n in (1, 2, 3)}
    _, read = _read(Answers({**answers.documents, "stats": {"STATS": rows}}))
    assert read.power_w is None


def test_early_vnish_is_told_by_its_watts_per_chain() -> None:
    stats = {"STATS": [{"Type": "Antminer S17+"}, {"GHS 5s": "77000.1", "chain_consumption1": 991}]}
    assert family_of(Answers({"stats": stats})).name == "VNish"


def test_rarer_firmwares_are_read_as_far_as_they_tell() -> None:
    aura: dict[str, Any] = {
        "version": {"VERSION": [{"GCMiner": "0.5"}]},
        "summary": {"SUMMARY": [{"MHS 5s": 20599767, "MHS 1m": 10256844, "Elapsed": 56696}]},
        "psu": {"PSU": [{"PowerIn": "58.94W"}]},
        "temperature": {"Temperature": [{"BoardTemp": [{"Temperature": 41}], "ChipTemp": None}]},
    }
    family, read = _read(Answers(aura))
    assert (family.name, read.power_w, read.temperature_c) == ("Auradine", 59, Fraction(41))
    seal: dict[str, Any] = {
        "version": {"VERSION": [{"BDMiner": "4.11.1"}]},
        "summary": {"SUMMARY": [{"MHS 5s": 368479432, "MHS 1m": 197599714}]},
        "stats": {"STATS": [{"ID": "A20", "0 Temp 0": 55, "1 Temp 2": 70}]},
    }
    family, read = _read(Answers(seal))
    assert (family.name, read.hashrate_ths, read.temperature_c) == ("SealMiner", Fraction("197.599714"), Fraction(70))
    other: dict[str, Any] = {"summary": {"SUMMARY": [{"MHS 5s": 4_000_000}]}, "devs": {"DEVS": [{"Temperature": 51}]}}
    family, read = _read(Answers(other))
    assert (family.name, read.hashrate_ths, read.temperature_c) == ("cgminer", Fraction(4), Fraction(51))


def test_a_miner_without_summary_and_statistics_was_not_read() -> None:
    denied = Failure(Trouble.DENIED, "It refuses summary: Access denied (code 45).", "allow this address")
    answers = Answers({"pools": {"POOLS": []}}, {"summary": denied})
    assert family_of(answers).read(answers, AT) is denied
    assert isinstance(family_of(Answers()).read(Answers(), AT), Failure)


def test_a_refusal_tells_who_speaks_as_well_as_an_answer() -> None:
    summary: dict[str, Any] = {"SUMMARY": [{"MHS 5s": 64143777, "MHS 1m": 67266447, "Elapsed": 66295}]}
    refused = {"STATUS": "E", "Code": 14, "Msg": "invalid cmd", "Description": "whatsminer v1.1"}
    assert family_of(Answers({"summary": summary}, {}, [refused])).name == "Whatsminer"
    assert family_of(Answers({"summary": summary})).name == "cgminer"
