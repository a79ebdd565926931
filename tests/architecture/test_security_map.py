"""docs/security.md: every item of ASVS 5.0 up to level 2 is said, and every test and file that it names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hostbook.engines.layout import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
SHORT = {"I/": "tests/integration/identity/", "U/": "tests/unit/identity/"}
# The items of levels 1 and 2 by section, as ASVS 5.0.0 numbers them: those that are missing are of level 3.
ITEMS = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2
4.1:1-3 4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4
7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4
10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1
12.1:1-3 12.2:1-2 12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3
15.1:1-3 15.2:1-3 15.3:1-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1 17.2:1-4 17.3:1-2
"""
_SAID = re.compile(r"(\d+)\.(\d+)\.(\d+)(?: \.\. (\d+)\.(\d+)\.(\d+))?")


def wanted() -> Iterator[str]:
    for entry in ITEMS.split():
        section, numbers = entry.split(":")
        first, _, last = numbers.partition("-")
        yield from (f"{section}.{n}" for n in range(int(first), int(last or first) + 1))


def said(text: str) -> Iterator[str]:
    """The items in the first column of the tables."""
    for line in text.splitlines():
        for found in _SAID.finditer(line.split("|")[1]) if line.startswith("| ") else ():
            chapter, section, first, *_, last = found.groups()
            assert found[4] is None or found.groups()[3:5] == (chapter, section), found[0]
            yield from (f"{chapter}.{section}.{n}" for n in range(int(first), int(last or first) + 1))


@cache
def _tests_of(path: Path) -> tuple[str, ...]:
    tree = ast.parse(path.read_text("utf-8"))
    return tuple(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(text: str) -> list[str]:
    """What stands between backquotes, looks like a file of ours or a test in it, and is not there."""
    return [name for name in re.findall(r"`([^`\s]+/[^`\s]+|test_\w+)`", text) if not _exists(name)]


def _exists(name: str) -> bool:
    if name.startswith("test_"):
        return any(name in _tests_of(path) for path in (ROOT / "tests").rglob("test_*.py"))
    place, _, test = name.partition("::")
    whole = ROOT / next((long + place.removeprefix(s) for s, long in SHORT.items() if place.startswith(s)), place)
    return whole.exists() and (not test or any(_is(test, known) for known in _tests_of(whole)))


def _is(test: str, known: str) -> bool:
    return known.startswith(test.removesuffix("...")) if test.endswith("...") else known == test


def test_every_item_up_to_level_two_is_said_once_or_more_and_no_other_number() -> None:
    here, there = set(said(TEXT)), set(wanted())
    assert len(there) == 253
    assert sorted(there - here) == []
    assert sorted(here - there) == []


def test_every_test_and_file_that_is_named_exists() -> None:
    assert missing(TEXT) == []


def test_what_does_not_exist_is_found() -> None:
    text = "`I/test_audit.py::test_never...` `U/test_nothing.py` `test_of_nobody` `I/test_audit.py` `docs/openapi.json`"
    assert missing(text) == ["I/test_audit.py::test_never...", "U/test_nothing.py", "test_of_nobody"]
