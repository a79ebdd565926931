"""Machines in a CSV file, line by line; days and instants as people write them (issue 6 section 7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostbook.books.days import instant_at
from hostbook.books.unit_file import read_units, refusals_by_line
from hostbook.engines.errors import EngineTrouble

SITES, CUSTOMERS = {"ama-1": "s-1", "amarillo 1": "s-1"}, {"alpha": "c-1"}


def file(folder: Path, *lines: str) -> Path:
    path = folder / "units.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_each_line_is_a_machine_or_says_why_not(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "name,model,rated_w,rated_ths,site,customer",
        "M-1,S21,3500,200,AMA-1,Alpha",
        "M-2,S21,3500,200,,",
        "M-3,S21,3500,200,Nowhere,",
        "M-4,S21,3500,200,AMA-1,Nobody",
        "M-5,S21,3500,200,AMA-1,Alpha,extra",
    )
    lines = read_units(path, SITES, CUSTOMERS, None)
    assert [(li.number, li.refusal["field"] if li.refusal else None) for li in lines] == [
        (2, None), (3, "site"), (4, "site"), (5, "customer"), (6, ""),
    ]  # fmt: skip
    first = {"name": "M-1", "model": "S21", "rated_w": "3500", "rated_ths": "200"}
    assert lines[0].fields == first | {"site_id": "s-1", "customer_id": "c-1"}
    assert read_units(path, SITES, CUSTOMERS, "s-9")[1].fields["site_id"] == "s-9"
    answered = [{"index": 0, "field": "name", "message": "taken", "remedy": None}]
    assert refusals_by_line(lines[3:], answered) == [{"line": 5, "field": "name", "why": "taken", "remedy": ""}]


@pytest.mark.parametrize(
    ("heading", "said"),
    [("name,model,rated_w", "missing: rated_ths"), ("name,model,rated_w,rated_ths,hue", "unknown: hue")],
)
def test_a_file_with_other_columns_is_refused_whole(tmp_path: Path, heading: str, said: str) -> None:
    with pytest.raises(EngineTrouble, match=said):
        read_units(file(tmp_path, heading), SITES, CUSTOMERS, None)


def test_a_file_in_another_script_of_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes("näme".encode("latin-1"))
    with pytest.raises(EngineTrouble, match="not UTF-8"):
        read_units(path, SITES, CUSTOMERS, None)


def test_a_day_begins_in_the_contracts_zone_and_an_instant_needs_its_offset() -> None:
    assert instant_at("2025-03-16", "America/Chicago") == "2025-03-16T05:00:00Z"
    assert instant_at("2025-03-16T12:00-05:00", "UTC") == "2025-03-16T17:00:00Z"
    for wrong in ("soon", "2025-03-16T12:00"):
        with pytest.raises(EngineTrouble):
            instant_at(wrong, "UTC")
