"""The everyday work from the command line, through the gateway (issue 6 section 7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from hostbook.cli import app
from support.stories import FIRST, OPENS
from support.world import World


class Line:
    """A shell in which the host is set."""

    def __init__(self, world: World) -> None:
        self.world, self._runner = world, CliRunner()
        self._env = {
            "HOSTBOOK_URL": world.api.url, "HOSTBOOK_API_KEY": world.api.key, "HOSTBOOK_ORGANIZATION": world.id,
        }  # fmt: skip

    def run(self, *words: str, code: int = 0) -> str:
        done = self._runner.invoke(app, words, env=self._env)
        assert done.exit_code == code, (words, done.output, done.exception)
        return done.output

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))


def import_units(line: Line, tmp_path: Path) -> None:
    """Two of three lines are taken, the third is told; then they are listed and moved."""
    file = tmp_path / "units.csv"
    file.write_text(
        "name,model,rated_w,rated_ths,customer,serial\n"
        "M-1,S21,3500,200,Alpha Digital,SN-1\nM-2,S21,0,200,Alpha Digital,SN-2\nM-3,S21,3500,200,,SN-3\n"
    )
    trial = line.run("unit", "import", str(file), "--site", "AMA-1", "--dry-run", code=1)
    assert "2 units would be added, 1 refused" in trial
    done = line.json("unit", "import", str(file), "--site", "AMA-1", code=1)
    assert [one["name"] for one in done["added"]] == ["M-1", "M-3"]
    assert [(one["line"], one["field"]) for one in done["refused"]] == [(3, "rated_w")]
    assert [u["name"] for u in line.json("unit", "list", "--owner", "host")] == ["M-3"]
    assert [u["name"] for u in line.json("unit", "list", "--sort", "-name", "--search", "m-")] == ["M-3", "M-1"]
    assert line.json("customer", "list", "--standing", "inactive", "--sort", "name") == []
    line.world.api.post(f"/v1/sites/{line.world.site_id}/places", {"kind": "rack", "name": "R01"})
    assert "R01" in line.run("unit", "move", "M-3", "--site", "AMA-1", "--place", "R01")


def test_a_hosts_day_at_the_command_line(open_world: Callable[..., World], tmp_path: Path) -> None:
    world = open_world(clock_at=OPENS)
    world.site()
    line = Line(world)
    made = line.json("customer", "add", "Alpha Digital", "--email", "ops@alpha.example")
    assert "Alpha Digital" in line.run("customer", "list")
    world.settle()
    import_units(line, tmp_path)
    terms = tmp_path / "terms.json"
    terms.write_text(json.dumps({"deposit": "100.00", "clauses": [{"title": "Access", "text": "By day."}]}))
    draft = line.json(
        "contract", "new", "--customer", "alpha digital", "--start", FIRST, "--term", "1_year", "--rate", "0.07",
        "--method", "hash", "--unit", "M-1", "--reference", "alpha-1", "--terms", str(terms),
    )  # fmt: skip
    assert (draft["customer_id"], draft["particulars"]["deposit"]) == (made["id"], "100.00")
    assert "active" in line.run("contract", "activate", "alpha-1")
    number = line.json("contract", "list", "--state", "active")[0]["number"]
    amended = line.json("contract", "amend", number, "--from", "2025-06-01", "--rate", "0.08")
    assert amended["terms"]["rates"][1] == {"from_at": "2025-06-01T05:00:00Z", "rate_per_kwh": "0.080000"}
    shown = line.run("contract", "show", number)
    assert all(word in shown for word in ("Alpha Digital", "0.07", "M-1", "may run"))
    pdf = tmp_path / "contract.pdf"
    line.run("contract", "document", number, "--out", str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF-")
    ended = line.json("contract", "end", number, "--on", "2025-08-31", "--reason", "sold")
    assert (ended["end_on"], ended["particulars"]["early_end"]["agreed_end_on"]) == ("2025-08-31", "2026-03-28")
    assert number in line.run("contract", "list", "--customer", "Alpha Digital")


def test_what_is_wrong_is_told_with_its_remedy(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    line = Line(world)
    assert "There is no contract 'C-9'" in line.run("contract", "show", "C-9", code=1)
    assert "lies in a private network" in line.run("webhook", "add", "https://10.0.0.1/in", code=1)
    assert line.json("webhook", "list") == []
    refused = line.run("customer", "add", "Beta", "--email", "nowhere", code=1)
    assert "contact_email" in refused
    wrong = CliRunner().invoke(app, ["contract", "list"], env={"HOSTBOOK_URL": "", "HOSTBOOK_API_KEY": "x"})
    assert (wrong.exit_code, "HOSTBOOK_URL is not set" in wrong.output) == (1, True)
