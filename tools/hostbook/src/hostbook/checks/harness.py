"""What must go through the one place that does it right: consumers, routes, tasks, log lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from hostbook.checks.source import Finding, Source, dotted


def subscribers(source: Source) -> Iterator[Finding]:
    """FastStream's own subscribers acknowledge first; ours commit after the database (`common.kafka`)."""
    if source.module == ("common", "kafka") or source.is_test:
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("subscriber", "publisher"):
            yield source.finding(node, f".{node.attr}: use EventRouter.on and common.outbox.publish")


def routers(source: Source) -> Iterator[Finding]:
    """Routes are made by `new_router`, which refuses one that declares no permission."""
    if source.module == ("common", "http") or source.is_test or source.where.parts[0] == "tools":
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "APIRouter":
            yield source.finding(node, "APIRouter(): use common.http.new_router and **allow(...)")


def tasks(source: Source) -> Iterator[Finding]:
    """A task that nobody holds may be collected in the middle of its work, and its error is never seen."""
    for node in source.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = dotted(node.value.func).split(".")[-1]
            if called in ("create_task", "ensure_future"):
                yield source.finding(node, f"{called}(): keep a reference, and end it when its owner ends")


def log_lines(everything: Iterable[Source]) -> Iterator[Finding]:
    """A key that is not on the list of `common.telemetry` is withheld: the line would say nothing."""
    sources = list(everything)
    allowed = _allowed(sources)
    for source in sources:
        if source.is_test:
            continue
        for node in source.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_log(node.func.value):
                for key in node.keywords:
                    if key.arg and key.arg not in allowed:
                        yield source.finding(node, f"log key {key.arg} is not on the list in common.telemetry")


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "log"


def _allowed(sources: Iterable[Source]) -> set[str]:
    for source in sources:
        if source.module == ("common", "telemetry"):
            for node in source.nodes:
                if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "_LOGGED":
                    return set(ast.literal_eval(node.value))
    return set()


def metric_names(source: Source) -> Iterator[Finding]:
    """Metrics are named `hostbook_...` in lower case, counters end in `_total`."""
    if source.is_test or source.where.parts[0] == "tools":
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted(node.func) in ("Counter", "Gauge", "Histogram") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                counts = dotted(node.func) == "Counter"
                if not first.value.startswith("hostbook_") or counts is not first.value.endswith("_total"):
                    yield source.finding(node, f"metric {first.value}: hostbook_<what>, counters with _total")
