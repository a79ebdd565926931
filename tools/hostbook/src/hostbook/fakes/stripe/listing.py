"""Pages, searches and `expand`: the answers that hold other objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.errors import invalid, missing
from hostbook.fakes.stripe.store import Store, Thing, now_ms

_CLAUSE = re.compile(r"""\s*(metadata\[['"](?P<label>[^'"]+)['"]\]|(?P<field>\w+))\s*:\s*['"](?P<text>[^'"]*)['"]\s*""")
PAGE = {"limit": "int", "starting_after": "str", "ending_before": "str", "created": "any"}


def page(call: Call, things: Sequence[Thing], params: dict[str, Any]) -> Thing:
    """One page of a list that is newest first; `starting_after` and `ending_before` are cursors by id."""
    limit = _limit(params)
    rows = [thing for thing in things if _within(thing["created"], params.get("created"))]
    after, before = params.get("starting_after"), params.get("ending_before")
    if after:
        rows = rows[_position(rows, after, "starting_after") + 1 :]
    if before:
        rows = rows[: _position(rows, before, "ending_before")]
        shown, more = rows[-limit:], len(rows) > limit
    else:
        shown, more = rows[:limit], len(rows) > limit
    return {
        "object": "list",
        "url": call.url,
        "has_more": more,
        "data": [_expanded(call, thing, "data.") for thing in shown],
    }


def search(call: Call, kind: str) -> Thing:
    """Objects by `metadata['key']:'value'` and plain fields joined with AND; it lags behind writes, as the vendor's."""
    params = call.params({"query": "str", "limit": "int", "page": "str"})
    tests = [_CLAUSE.fullmatch(part) for part in re.split(r"\s+AND\s+", params.get("query", ""))]
    if not all(tests):
        raise invalid("We were unable to parse your search query.", param="query")
    seen_until = now_ms() - call.options.search_lag_ms
    rows = [
        thing
        for thing in call.store.all(kind)
        if thing["created"] * 1000 <= seen_until and all(_matches(thing, test) for test in tests if test)
    ]
    limit = _limit(params)
    start = int(params.get("page", "0"))
    more = len(rows) > start + limit
    return {
        "object": "search_result",
        "url": call.url,
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "data": [_expanded(call, thing, "data.") for thing in rows[start : start + limit]],
    }


def expanded(call: Call, thing: Thing) -> Thing:
    """The object with the ids named in `expand` replaced by what they stand for."""
    return _expanded(call, thing, "")


def _expanded(call: Call, thing: Thing, prefix: str) -> Thing:
    wanted = call.form.get("expand", [])
    if not isinstance(wanted, list):
        raise invalid("Invalid array", param="expand")
    for path in wanted:
        if path.startswith(prefix):
            _expand(call.store, thing, path.removeprefix(prefix).split("."))
    return thing


def _expand(store: Store, thing: Thing, steps: list[str]) -> None:
    name, rest = steps[0], steps[1:]
    if name not in thing:
        raise invalid(f"This property cannot be expanded ({name}).", param="expand")
    if isinstance(thing[name], str):
        thing[name] = store.any(thing[name]) or thing[name]
    if rest and isinstance(thing[name], dict):
        _expand(store, thing[name], rest)


def _limit(params: dict[str, Any]) -> int:
    limit: int = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("This value must be between 1 and 100.", param="limit")
    return limit


def _position(rows: Sequence[Thing], key: str, param: str) -> int:
    for at, thing in enumerate(rows):
        if thing["id"] == key:
            return at
    raise missing("object", key, param)


def _within(created: int, bounds: Any) -> bool:
    if not bounds:
        return True
    if isinstance(bounds, str):
        return created == int(bounds)
    tests = {
        "gt": created.__gt__,
        "gte": created.__ge__,
        "lt": created.__lt__,
        "lte": created.__le__,
    }
    return all(tests[name](int(bound)) for name, bound in bounds.items() if name in tests)


def _matches(thing: Thing, test: re.Match[str]) -> bool:
    if test["label"]:
        return bool(thing.get("metadata", {}).get(test["label"]) == test["text"])
    return str(thing.get(test["field"])) == test["text"]
