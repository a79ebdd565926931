"""Form bodies with nested keys: `card[number]=4242`, `expand[0]=customer`, `expand[]=customer`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_KEY = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


def nested(body: str) -> dict[str, Any]:
    """The form as nested dictionaries and lists of strings; a later value of the same key wins."""
    tree: dict[str, Any] = {}
    for key, text in parse_qsl(body, keep_blank_values=True):
        steps = _KEY.findall(key) or [key]
        branch = tree
        for step in steps[:-1]:
            inner = branch.setdefault(_numbered(branch, step), {})
            if not isinstance(inner, dict):
                inner = branch[step] = {}
            branch = inner
        branch[_numbered(branch, steps[-1])] = text
    return {key: _lists(value) for key, value in tree.items()}


def _numbered(branch: dict[str, Any], step: str) -> str:
    return step or str(len(branch))


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    parts = {key: _lists(part) for key, part in value.items()}
    if parts and all(key.isdigit() for key in parts):
        return [parts[key] for key in sorted(parts, key=int)]
    return parts
