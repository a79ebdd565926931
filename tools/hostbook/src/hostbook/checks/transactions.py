"""One use case is one transaction, committed by its opener; nothing outside is called between BEGIN and COMMIT."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hostbook.checks.source import Finding, Source, dotted

_OUTSIDE_MODULES = ("httpx", "aiokafka", "stripe", "temporalio.client", "aiosmtplib", "common.mail")
_OPENERS = (("common", "db"), ("common", "migrations"))
_VALUES = frozenset({"Mail", "Attachment", "Message", "Notice"})  # what is said to gateways, not the gateways


def commits(source: Source) -> Iterator[Finding]:
    """Only `common.db` begins and ends transactions."""
    if source.module in _OPENERS or source.is_test or source.where.parts[0] == "tools":
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).endswith((".commit", ".rollback", "engine.begin")):
            if dotted(node.func) == "reader.commit" and source.module == ("common", "kafka"):
                continue  # offsets, after the database
            yield source.finding(node, f"{dotted(node.func)}(): the opener of the transaction ends it, common.db does")


def outside_calls(source: Source) -> Iterator[Finding]:
    """A vendor's answer may take seconds, and cannot be rolled back: keep the intent, commit, then call."""
    if not source.is_service:
        return
    types, names = _imported(source)
    names |= _annotated(source, types)
    for block in source.nodes:
        if not _is_transaction(block):
            continue
        for node in ast.walk(block):
            if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
                called = dotted(node.value.func)
                if set(called.split(".")) & names:
                    yield source.finding(node, f"await {called}() lies between BEGIN and COMMIT; call it after")


def _is_transaction(node: ast.AST) -> bool:
    if isinstance(node, ast.AsyncWith):
        opened = [dotted(i.context_expr.func) for i in node.items if isinstance(i.context_expr, ast.Call)]
        return any(name.endswith((".transaction", "database.of")) for name in opened)
    if isinstance(node, ast.AsyncFunctionDef):
        return any(a.arg == "tx" for a in (*node.args.args, *node.args.kwonlyargs))
    return False


def _imported(source: Source) -> tuple[set[str], set[str]]:
    """Imported classes of gateways and vendors, and imported functions and modules of theirs."""
    types, names = set[str](), {"new_producer"}
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            if ".gateways." in f"{node.module}." or node.module.startswith(_OUTSIDE_MODULES):
                found = {a.asname or a.name for a in node.names} - _VALUES
                types |= {name for name in found if name[0].isupper()}
                names |= {name for name in found if not name[0].isupper()}
        elif isinstance(node, ast.Import):
            names |= {a.asname or a.name for a in node.names if a.name.startswith(_OUTSIDE_MODULES)}
    return types, names


def _annotated(source: Source, types: set[str]) -> set[str]:
    """Parameters and attributes that hold a gateway."""
    held = set[str]()
    for node in source.nodes:
        if (
            isinstance(node, ast.arg | ast.AnnAssign)
            and node.annotation is not None
            and _names(node.annotation) & types
        ):
            held.add(node.arg if isinstance(node, ast.arg) else dotted(node.target).split(".")[-1])
    for node in source.nodes:
        if isinstance(node, ast.Assign):
            held |= set(_assigned(node, held | types))
    return held


def _names(annotation: ast.AST | None) -> set[str]:
    return {n.id for n in ast.walk(annotation) if isinstance(n, ast.Name)} if annotation else set()


def _assigned(node: ast.Assign, held: set[str]) -> Iterator[str]:
    """`self._mailer = mailer` holds one too, also in a tuple."""
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        for left, right in pairs:
            if dotted(right).split(".")[-1] in held:
                yield dotted(left).split(".")[-1]
