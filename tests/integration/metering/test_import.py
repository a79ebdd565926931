"""`hostbook import telemetry` against the service: what a file says is evidence like any other (CB-33, CB-34)."""

import asyncio
import json
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from common.auth import HEADER, Principal, mint
from hostbook.demo.api import Api
from hostbook.importing import app as importing
from metering.domain.values import TelemetryRow, UnitStatus
from support.metering_house import House, at


def api_of(house: House) -> type[Api]:
    """The gateway's client, with the token that the gateway would add."""

    class Direct(Api):
        def __init__(self, url: str, key: str) -> None:
            super().__init__(url, key)
            principal = Principal("key:import", house.organization_id, frozenset({"readings.write"}))
            self._client.headers[HEADER] = mint(principal, house.service.private_key)

    return Direct


async def test_a_file_of_telemetry_is_imported_once_and_its_faults_are_told_by_line(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-hour scans of two units, one unknown unit, one line at fault; the derivation sees them all."""
    lines = [
        {"site": "S-1", "unit": unit, "at": at(hours / 2).isoformat(), "ths": "99.5", "status": "hashing"}
        for hours in range(50)
        for unit in ("M00", "M01", *(["M99"] if hours == 3 else []))
    ]
    lines.append(lines[-1] | {"ths": "-1"})
    path = tmp_path / "scans.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    monkeypatch.setattr("hostbook.importing.command.Api", api_of(house))
    words = ["telemetry", str(path), "--map", "interval_s=1800", "--map", "hashrate_ths=ths", "--map", "at.column=at"]
    environment = {"HOSTBOOK_URL": house.service.url, "HOSTBOOK_API_KEY": "key"}
    done = await asyncio.to_thread(CliRunner().invoke, importing, words, env=environment)
    assert (done.exit_code, "50 scans taken" in done.output) == (1, True), done.output
    faults = (tmp_path / "scans.jsonl.errors.csv").read_text()
    assert "M99" in faults
    assert "is below 0" in faults
    again = await asyncio.to_thread(CliRunner().invoke, importing, words, env=environment)
    assert "imported already" in again.output
    await house.service.settled(house.organization_id)
    for unit in house.units:
        house.scans[unit] = [
            TelemetryRow(at(n / 2), at(n / 2 + 0.5), Fraction("99.5"), UnitStatus.HASHING) for n in range(50)
        ]
    await house.advance(25)
    assert await house.holds(1) == 2
