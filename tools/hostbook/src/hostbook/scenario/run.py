"""One file from its text to its verdict; many files one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import RuleBroken
from hostbook.scenario.compare import differences
from hostbook.scenario.outcome import outcome
from hostbook.scenario.reading import case_of, document_in
from hostbook.scenario.refusals import BadScenario, told
from hostbook.scenario.world import World, computed

PASSED, DIFFERS, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a file: exit code, what differs or why it cannot be read, and the result where there is one."""

    path: Path
    code: int
    notes: tuple[str, ...] = ()
    result: dict[str, Any] | None = None


def judged(path: Path) -> Verdict:
    """The file computed and compared; without `expect` there is nothing that could differ."""
    try:
        case = case_of(document_in(path))
        result = outcome(computed(case))
    except RuleBroken as broken:
        return Verdict(path, UNREADABLE, (told(broken),))
    except Exception as error:  # one case that breaks the program must not hide the verdicts on the others
        return Verdict(path, DIFFERS, (f"the program failed on it: {error!r}",))
    notes = tuple(differences(case.expect or {}, result))
    return Verdict(path, DIFFERS if notes else PASSED, notes, result)


def world_of(path: Path) -> World:
    """The file's world after its steps, for explanations."""
    return computed(case_of(document_in(path)))


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, and every `*.json` of the folders named, in order of name."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.json")) if path.is_dir() else [path]
    return found


def write_expected(path: Path, *, force: bool) -> None:
    """Puts the computed result into the file as what it expects; an expectation there is only replaced by force."""
    document = document_in(path)
    if "expect" in document and not force:
        raise BadScenario(f"{path} has an expected result already.", field="expect", remedy="--force, to replace it")
    result = outcome(computed(case_of(document)))
    result.pop("refused", None)
    document["expect"] = result
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
