"""Without a gateway every command that speaks to one says so in a sentence, with what to do, and ends with 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hostbook.cli import app
from hostbook.demo import api
from hostbook.engines.layout import ROOT
from support.processes import free_port


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", str(ROOT / "examples" / "simulated" / "twenty-pdus.json"), "--url", "URL"],
        ["customer", "list"],
        ["metering", "rederive", "--from", "2025-03-01", "--to", "2025-03-02"],
        ["import", "reads", "FILE"],
    ],
)
def test_no_gateway_is_told_with_its_remedy(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_NONE_S", 0)
    url, file = f"http://127.0.0.1:{free_port()}", tmp_path / "reads.jsonl"
    file.write_text('{"pdu": "PDU-A", "polled_at": "2025-03-01T00:00:00Z", "energy_wh": [1]}\n')
    environment = {"HOSTBOOK_URL": url, "HOSTBOOK_API_KEY": "key"}
    told = {"URL": url, "FILE": str(file)}
    ended = CliRunner(env=environment).invoke(app, [told.get(word, word) for word in words])
    assert ended.exit_code == 2
    assert f"No gateway listens at {url}." in ended.stderr
    assert "`hostbook up` (or `make up`)" in ended.stderr
    assert "Traceback" not in ended.output
