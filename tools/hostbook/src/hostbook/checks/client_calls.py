"""The command line speaks through the client that is generated from the common OpenAPI document."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hostbook.checks.source import Finding, Source

VERBS = frozenset({"get", "post", "change", "all"})


def addresses(source: Source) -> Iterator[Finding]:
    """An address that is written out by hand goes stale when the API changes; a function of the client does not."""
    if source.module[0] != "hostbook" or source.is_generated or source.is_test:
        return
    for node in source.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=verb, value=ast.Name(id="api") | ast.Attribute(attr="_api"))):
                if verb in VERBS:
                    yield source.finding(node, f"api.{verb}(...): call the function of hostbook.client")
            case _:
                pass
