"""A decision record names what enforces it, and what it names is there."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from hostbook.engines.layout import ROOT

RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
SECTIONS = ("Context", "Decision", "Consequences", "Enforced by")


def enforcers(text: str) -> list[str]:
    """What stands in backquotes or quotes under the last heading."""
    part = text.partition("## Enforced by")[2]
    return re.findall(r"`([^`]+)`", part) + [f'"{name}"' for name in re.findall(r'"([^"]+)"', part)]


def missing(names: list[str]) -> list[str]:
    """The paths, checks and import contracts among the names that do not exist."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    contracts = {f'"{rule["name"]}"' for rule in rules}
    return [name for name in names if not _exists(name, contracts)]


def _exists(name: str, contracts: set[str]) -> bool:
    if name.startswith('"'):
        return name in contracts
    if name.startswith(("tests/", "docs/", "deploy/", "tools/", "libs/", "services/")):
        return (ROOT / name).exists()
    if name.startswith("hostbook."):
        return importlib.util.find_spec(name) is not None
    return True


@pytest.mark.parametrize("path", RECORDS, ids=lambda p: p.stem)
def test_a_record_has_its_sections_and_what_enforces_it_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
    assert text.startswith(f"# {path.stem[:4]}. ")
    assert len(text.splitlines()) <= 60, "one page"
    assert enforcers(text), "it names nothing that enforces it"
    assert missing(enforcers(text)) == []


def test_numbers_are_given_once() -> None:
    numbers = [path.stem[:4] for path in RECORDS]
    assert len(numbers) == len(set(numbers)) >= 10


def test_something_that_does_not_exist_is_found() -> None:
    text = '## Enforced by\n`tests/nowhere.py`, `hostbook.checks.nothing`, import contract "No such rule", `make check`'
    assert missing(enforcers(text)) == ["tests/nowhere.py", "hostbook.checks.nothing", '"No such rule"']
