"""Contracts and customers from files: every fault by its line, before anything is sent (issue 6, section 2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from customers.domain.importing import read_table
from hostbook.books.contract_file import KNOWN, NEEDED, Names, check
from hostbook.books.faults import tell, text_of
from hostbook.engines.errors import EngineTrouble

NAMES = Names({"alpha": "c-1"}, {"ama-1": "s-1"}, {"a-01": "u-1", "a-02": "u-2"})
GOOD = "Alpha,hosted,2026-03-01,1_year,AMA-1,metered;calculated,yes,A-01|a-02,30"
HEAD = "customer,type,start_on,term,site,billing_methods,auto_renew,units,notice_days"


def checked(*rows: str) -> tuple[list[Any], list[tuple[int, str]]]:
    lines, faulty = read_table("\n".join([HEAD, *rows]), KNOWN, NEEDED)
    good, wrong = check(lines, NAMES)
    return good, [(e.line, e.field) for e in sorted([*faulty, *wrong], key=lambda e: (e.line, e.field))]


def test_a_line_becomes_a_draft_and_its_units() -> None:
    assert checked(GOOD) == (
        [
            (
                2,
                {
                    "type": "hosted", "term": "1_year", "start_on": "2026-03-01", "notice_days": 30,
                    "customer_id": "c-1", "site_id": "s-1", "billing_methods": ["metered", "calculated"],
                    "auto_renew": True,
                },
                ["u-1", "u-2"],
            )
        ],
        [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("Alpha", "", "customer"),
        ("Alpha", "Beta", "customer"),
        ("hosted", "rent", "type"),
        ("2026-03-01", "1 March", "start_on"),
        ("1_year", "forever", "term"),
        ("AMA-1", "AMA-9", "site"),
        ("calculated", "guessed", "billing_methods"),
        ("yes", "perhaps", "auto_renew"),
        ("a-02", "a-03", "units"),
        (",30", ",soon", "notice_days"),
        (",30", "", ""),
    ],
)
def test_a_fault_is_named_by_line_and_column(old: str, new: str, field: str) -> None:
    good, faults = checked(GOOD.replace(old, new, 1))
    assert (good, faults) == ([], [(2, field)])


def test_a_unit_stands_in_one_line() -> None:
    assert checked(GOOD, GOOD)[1] == [(3, "units"), (3, "units")]


def test_faults_are_kept_in_a_file_in_which_nothing_is_a_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = {"line": 2, "field": "name", "message": "=cmd()|x", "remedy": "a name"}
    with pytest.raises(typer.Exit):
        tell("customers", 0, [fault], dry_run=True, place=tmp_path / "errors.csv", as_json=False)
    assert (tmp_path / "errors.csv").read_text() == "line,field,message,remedy\n2,name,'=cmd()|x,a name\n"
    assert "0 customers would be taken, 1 lines refused" in capsys.readouterr().out
    tell("customers", 1, [], dry_run=False, place=None, as_json=True)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Müller".encode("latin-1"))
    with pytest.raises(EngineTrouble, match="not UTF-8"):
        text_of(tmp_path / "a.csv")
