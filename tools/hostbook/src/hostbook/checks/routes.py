"""Every operation declares the permission that it needs, and every one that clients see shows an example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hostbook.checks.source import Finding


def permissions(root: Path) -> Iterator[Finding]:
    for path in sorted(root.glob("services/*/openapi.json")):
        for where, operation in _operations(path):
            if not operation.get("x-permission"):
                yield Finding(path.relative_to(root).as_posix(), 1, f"{where} declares no x-permission")


def examples(root: Path) -> Iterator[Finding]:
    """Of the common document: a name of its own, and an example of what is sent and of what is answered."""
    path, seen = root / "docs" / "openapi.json", set[str]()
    for where, operation in _operations(path) if path.exists() else ():
        found = [part for part, content in _contents(operation) if not _is_shown(content)]
        if operation["operationId"] in seen:
            found.append("name of its own")
        seen.add(operation["operationId"])
        for missing in found:
            yield Finding("docs/openapi.json", 1, f"{where} has no {missing}")


def _operations(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for address, operations in json.loads(path.read_text(encoding="utf-8"))["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {address}", operation


def _contents(operation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"example of {media} sent", content
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items():
            yield f"example of {media} answered with {status}", content


def _is_shown(content: Mapping[str, Any]) -> bool:
    return "example" in content or bool(content.get("examples"))
