"""The files that are checked, parsed once, and what is said when a rule is broken."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

PARTS = ("libs/*/src", "services/*/src", "tools/*/src", "tests")
GENERATED = ("migrations/versions", "hostbook/client/")


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule: where, and what would be right."""

    where: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One Python file; `where` is its place below the root."""

    where: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def is_test(self) -> bool:
        return self.where.parts[0] == "tests"

    @property
    def is_generated(self) -> bool:
        return any(place in str(self.where) for place in GENERATED)

    @property
    def module(self) -> tuple[str, ...]:
        """The dotted name in its parts: `libs/common/src/common/db.py` is `("common", "db")`."""
        parts = self.where.with_suffix("").parts
        return parts[3:] if "src" in parts[:3] else parts

    @property
    def is_service(self) -> bool:
        return self.where.parts[0] == "services"

    def layer(self) -> str:
        """`domain`, `store`, `api` ... of a service's file; empty elsewhere."""
        return self.module[1] if self.is_service and len(self.module) > 1 else ""

    def finding(self, node: ast.AST | int, message: str) -> Finding:
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Finding(str(self.where), line, message)


def sources(root: Path) -> Iterator[Source]:
    """Every Python file of ours below the root."""
    for part in PARTS:
        for folder in sorted(root.glob(part)):
            for path in sorted(folder.rglob("*.py")):
                yield Source(PurePosixPath(path.relative_to(root).as_posix()), path.read_text(encoding="utf-8"))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute chain, calls and subscripts inside it left out."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call | ast.Await | ast.Subscript):
        return dotted(node.func if isinstance(node, ast.Call) else node.value)
    return ""
