"""Which changes to try: every mutation that mutmut knows in the domain packages, and a seeded sample of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import libcst as cst
from mutmut.mutation.file_mutation import create_mutations

PACKAGES = ("metering", "contracts", "invoicing")
SOURCES = Path("services")


@dataclass(frozen=True)
class Mutant:
    """One change: the file it is in (relative to the repository), where, and the file's whole text with it."""

    package: str
    path: Path
    line: int
    before: str
    after: str
    code: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}\n    - {self.before.strip()}\n    + {self.after.strip()}"


class _Refusals(cst.CSTVisitor):
    """Nodes inside `raise`: sentences and remedies for people, which carry no arithmetic."""

    def __init__(self) -> None:
        self.inside: set[int] = set()

    def visit_Raise(self, node: cst.Raise) -> bool:
        stack: list[cst.CSTNode] = [node]
        while stack:
            current = stack.pop()
            self.inside.add(id(current))
            stack.extend(current.children)
        return False


@dataclass(frozen=True)
class _Source:
    """A parsed file and the places in it that can be changed."""

    package: str
    path: Path
    text: str
    module: cst.Module
    places: list[tuple[cst.CSTNode, cst.CSTNode]]

    def mutant(self, index: int) -> Mutant | None:
        """One change as a whole file; None where nothing differs or where it is no Python."""
        changed = self.module.deep_replace(*self.places[index])
        assert isinstance(changed, cst.Module)
        return _seen(self, changed.code)


def _parsed(path: Path, package: str) -> _Source:
    """The changes that mutmut makes in functions of a file; those in the text of a refusal are left out."""
    text = path.read_text()
    module, mutations, _, _ = create_mutations(str(path), text)
    refusals = _Refusals()
    module.visit(refusals)
    places = [
        (one.original_node, one.mutated_node)
        for one in mutations
        if isinstance(one.contained_by_top_level_function, cst.FunctionDef)
        and id(one.original_node) not in refusals.inside
    ]
    return _Source(package, path, text, module, places)


def _seen(source: _Source, code: str) -> Mutant | None:
    try:
        compile(code, str(source.path), "exec")
    except SyntaxError:
        return None
    before, after = [*source.text.splitlines(), ""], [*code.splitlines(), ""]
    for number, (old, new) in enumerate(zip(before, after, strict=False), start=1):
        if old != new:
            return Mutant(source.package, source.path, number, old, new, code)
    return None


def sample(count: int, seed: int, packages: tuple[str, ...] = PACKAGES) -> tuple[list[Mutant], int]:
    """So many mutants, drawn evenly from all places of the packages, and how many places there were."""
    sources = [
        _parsed(path, package)
        for package in packages
        for path in sorted((SOURCES / package / "src" / package / "domain").glob("*.py"))
    ]
    places = [(source, index) for source in sources for index in range(len(source.places))]
    Random(seed).shuffle(places)
    drawn: list[Mutant] = []
    for source, index in places:
        if len(drawn) == count:
            break
        mutant = source.mutant(index)
        drawn += [] if mutant is None else [mutant]
    return drawn, len(places)
