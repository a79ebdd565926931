"""No binary fraction carries money or energy, and no rule reads a clock by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hostbook.checks.source import Finding, Source, dotted

_CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")


def floats(source: Source) -> Iterator[Finding]:
    """In domain, store and events: no `float` as annotation, call or literal."""
    if source.layer() not in ("domain", "store") and source.where.parts[:2] != ("libs", "events"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id == "float":
            yield source.finding(node, "float loses cents; use Fraction, Decimal or int")
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield source.finding(node, f"{node.value} is a binary fraction; write Decimal or Fraction")


def clocks(source: Source) -> Iterator[Finding]:
    """Business time is handed over as `at`; the wall clock is read by `common.clock` alone."""
    if source.module[:2] == ("common", "clock") or not (source.is_service or source.where.parts[0] == "libs"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if any(name == clock or name.endswith(f".{clock}") for clock in _CLOCKS):
                yield source.finding(node, f"{name}(): take `at` as a value, or common.clock.wall_now at a border")
