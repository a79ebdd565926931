"""Evidence that comes as files, and from a whole simulated site through the real collector (CB-32, CB-33, CB-45)."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

from common.money import exact_of
from hostbook.demo.api import Api
from hostbook.demo.clock import advance
from support.polls import steady
from support.world import World

FIRST = "2025-03-01"


def _hostbook(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hostbook", *words]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=600)


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["pdu", "socket", "time", "kwh"], *rows])


def _march(path: Path, polls: list[dict[str, Any]]) -> int:
    """A line an outlet, with one of an unknown PDU (line 12) and one of the future (the last); how many lines."""
    rows = [
        ["P1", str(n), poll["polled_at"], f"{wh / 1000:.3f}"]
        for poll in polls
        for n, wh in enumerate(poll["energy_wh"], 1)
    ]
    unknown, ahead = ["P9", "1", polls[0]["polled_at"], "1"], ["P1", "1", "2199-01-01T00:00:00Z", "1"]
    _write(path, [*rows[:10], unknown, *rows[10:], ahead])
    return len(rows) + 3


def test_a_file_of_reads_is_imported_once_and_its_faults_are_told(
    open_world: Callable[..., World], tmp_path: Path
) -> None:
    world = open_world()
    world.customer("alpha")
    for unit in ("rig", "rack"):
        world.unit(unit, "alpha")
    world.pdu("P1", ["rig", "rack"])
    world.contract("C1", "alpha", ["rig", "rack"], FIRST)
    polls, path = steady(world.instant(FIRST), world.instant("2025-03-03"), [3000, 3600]), tmp_path / "march.csv"
    last = _march(path, polls)
    access = {"HOSTBOOK_URL": world.api.url, "HOSTBOOK_API_KEY": world.api.key, "HOSTBOOK_ORGANIZATION": world.id}
    chosen = ("outlet=socket", "at.column=time", "energy.column=kwh", "energy.unit=kWh")
    words = ["import", "reads", str(path), *(word for part in chosen for word in ("--map", part))]

    dry = _hostbook(*words, "--dry-run", **access)
    assert (dry.returncode, f"{len(polls) + 1:,} polls" in dry.stderr) == (1, True), dry.stderr
    done = _hostbook(*words, **access)
    assert done.returncode == 1, done.stderr
    with (tmp_path / "march.csv.errors.csv").open() as file:
        faults = {int(row["line"]): (row["field"], row["reason"]) for row in csv.DictReader(file)}
    assert faults.keys() == {12, last}
    assert faults[12] == ("pdu", "There is no PDU 'P9'.")
    assert "lies in the future" in faults[last][1]
    again = _hostbook(*words, **access)
    assert (again.returncode, "imported already" in again.stderr) == (0, True), again.stderr
    assert _hostbook(*words, "--again", **access).returncode == 1

    advance(world.api, world.id, "2025-03-02T12:00:00Z")
    usage = world.api.all("/v1/usage", contract_id=world.ids["C1"], from_on=FIRST, to_on=FIRST)
    found = {world.name_of[row["unit_id"]]: exact_of(row["methods"][0]["energy_kwh"]) for row in usage}
    assert found == {"rig": Fraction(72), "rack": Fraction("86.4")}


def test_prices_from_a_file_are_passed_over_where_they_are_known_and_refused_where_they_overlap(
    open_world: Callable[..., World], tmp_path: Path
) -> None:
    world = open_world()
    access = {"HOSTBOOK_URL": world.api.url, "HOSTBOOK_API_KEY": world.api.key, "HOSTBOOK_ORGANIZATION": world.id}
    path = tmp_path / "prices.csv"
    path.write_text("from_at,usd\n2025-03-01T00:00:00Z,48.32\n2025-03-02T00:00:00Z,44.88\n")
    words = ("import", "hashprice", str(path), "--series", "luxor", "--map", "hours=24", "--map", "price=usd")
    assert _hostbook(*words, **access).returncode == 0
    with path.open("a") as file:
        file.write("2025-03-02T12:00:00Z,45\n2025-03-03T00:00:00Z,46.1\n")
    more = _hostbook(*words, "--again", **access)
    assert more.returncode == 1, more.stderr
    with (tmp_path / "prices.csv.errors.csv").open() as file:
        assert [row["line"] for row in csv.DictReader(file)] == ["4"]
    kept = [row["usd_per_ph_day"] for row in world.api.all("/v1/hashprice", series="luxor")]
    assert kept == ["48.32", "44.88", "46.1"]


def test_a_simulated_site_is_read_by_the_real_collector_and_usage_is_what_its_registers_counted(
    platform: Api, tmp_path: Path
) -> None:
    code = f"SIM-{uuid4().hex[:6]}"
    site = {
        "code": code,
        "hours": 3,
        "poll_s": 300,
        "scan_s": 900,
        "customers": 2,
        "network": 77,
        "pdus": [
            {"name": "PX-{n}", "count": 2, "model": "raritan-px", "outlets": 4},
            {"name": "APC-{n}", "model": "apc-rpdu2", "outlets": 3},
        ],
        "miners": {"count": 5, "firmwares": ["antminer", "luxos", "braiins", "vnish", "whatsminer"]},
        "meters": [{"name": "FEEDER", "map": "schneider-pm5000"}],
        "faults": [{"device": "PX-1-M01", "kind": "half", "at_h": 1, "until_h": 2}],
    }
    (tmp_path / "site.json").write_text(json.dumps(site))
    words = ("simulate", str(tmp_path / "site.json"), "--speed", "3600", "--url", platform.url)
    ran = _hostbook(*words, HOSTBOOK_API_KEY=platform.key)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "difference" in ran.stdout
    assert "left in the spool" in ran.stdout
