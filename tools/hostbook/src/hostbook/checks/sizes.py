"""Budgets: files of 300 lines (tests 400), functions of 40, six parameters, 2,500 lines of plumbing in all."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from hostbook.checks.source import Finding, Source

FILE_LINES, TEST_LINES, FUNCTION_LINES, PARAMETERS, COMMON_LINES = 300, 400, 40, 6, 2500


def files(source: Source) -> Iterator[Finding]:
    """A file that is too long holds more than one idea."""
    limit = TEST_LINES if source.is_test else FILE_LINES
    count = len(source.text.splitlines())
    if count > limit and not source.is_generated:
        yield source.finding(count, f"the file has {count} lines, at most {limit}; split it by what it is about")


def functions(source: Source) -> Iterator[Finding]:
    """A function that is too long, or wants too much told."""
    if source.is_generated:
        return
    for node in source.nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        count = (node.end_lineno or node.lineno) - node.lineno + 1
        if count > FUNCTION_LINES:
            yield source.finding(node, f"{node.name} has {count} lines, at most {FUNCTION_LINES}")
        told = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        told = [name for name in told if name not in ("self", "cls")]
        if len(told) > PARAMETERS and not source.is_test:
            yield source.finding(node, f"{node.name} takes {len(told)} parameters, at most {PARAMETERS}")


def common(everything: Iterable[Source]) -> Iterator[Finding]:
    """`libs/common` stays small: what one service alone needs lives there."""
    of_common = [s for s in everything if s.where.parts[:2] == ("libs", "common")]
    count = sum(len(s.text.splitlines()) for s in of_common)
    if count > COMMON_LINES:
        yield of_common[0].finding(1, f"libs/common has {count} lines, at most {COMMON_LINES}")
