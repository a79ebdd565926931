"""Every operation in a committed `openapi.json` declares the permission that it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hostbook.checks.source import Finding


def permissions(root: Path) -> Iterator[Finding]:
    for path in sorted(root.glob("services/*/openapi.json")):
        where = path.relative_to(root).as_posix()
        for address, operations in json.loads(path.read_text(encoding="utf-8"))["paths"].items():
            for method, operation in operations.items():
                if not operation.get("x-permission"):
                    yield Finding(where, 1, f"{method.upper()} {address} declares no x-permission")
