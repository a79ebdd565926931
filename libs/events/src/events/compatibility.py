"""Whether consumers written for an old schema still understand events of a new one (architecture 4).

Only added optional fields keep the version of an event; everything else needs a new one beside the old.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

WAY_OUT = (
    "Events in Kafka live on, and services are deployed one by one. Either make the change additive (a new field is"
    " optional), or declare a new event with version 2 beside this one, publish both until no consumer reads version 1,"
    " and only then remove it: consumers first, producers last. Then run `make specs`."
)


def breaks(old: Schema, new: Schema) -> list[str]:
    """Every change that a consumer of the old schema, or an old event in Kafka, would not survive; empty is fine."""
    return list(_compared("event", old, new, (old.get("$defs", {}), new.get("$defs", {}))))


def _compared(where: str, old: Schema, new: Schema, parts: tuple[Schema, Schema]) -> Iterator[str]:
    old, new = _resolved(old, parts[0]), _resolved(new, parts[1])
    before, after = _kinds(old, parts[0]), _kinds(new, parts[1])
    for kind in sorted(before.keys() - after.keys()):
        yield f"{where} may no longer be {kind}"
    for kind in sorted(after.keys() - before.keys()):
        yield f"{where} may now also be {kind}, which consumers do not expect"
    for kind in sorted(before.keys() & after.keys()):
        yield from _of_one_kind(where, before[kind], after[kind], parts)


def _of_one_kind(where: str, old: Schema, new: Schema, parts: tuple[Schema, Schema]) -> Iterator[str]:
    for limit in ("format", "pattern", "minimum", "maximum", "minLength", "maxLength"):
        if old.get(limit) != new.get(limit):
            yield f"{where}: {limit} changed from {old.get(limit)} to {new.get(limit)}"
    yield from _words(where, _allowed(old), _allowed(new))
    yield from _fields(where, old, new, parts)
    for inner, place in (("items", f"{where}[]"), ("additionalProperties", f"{where}{{}}")):
        if isinstance(old.get(inner), Mapping) and isinstance(new.get(inner), Mapping):
            yield from _compared(place, old[inner], new[inner], parts)
        elif isinstance(old.get(inner), Mapping) != isinstance(new.get(inner), Mapping):
            yield f"{place}: what is inside is described otherwise"


def _fields(where: str, old: Schema, new: Schema, parts: tuple[Schema, Schema]) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before.keys() - after.keys()):
        yield f"{where}.{name} was removed or renamed"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{where}.{name} is {'now' if name in before else 'new and'} required, but old events lack it"
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        if name in after:
            yield f"{where}.{name} is no longer always there"
    for name in sorted(before.keys() & after.keys()):
        if before[name].get("default") != after[name].get("default"):
            yield f"{where}.{name}: what its absence means changed"
        yield from _compared(f"{where}.{name}", before[name], after[name], parts)


def _words(where: str, before: set[Any], after: set[Any]) -> Iterator[str]:
    if before and before - after:
        yield f"{where} may no longer be {', '.join(sorted(map(str, before - after)))}"
    if before and after - before:
        yield f"{where} may now be {', '.join(sorted(map(str, after - before)))}, which consumers do not know"
    if bool(before) != bool(after):
        yield f"{where}: the list of its values {'appeared' if after else 'is gone'}"


def _allowed(schema: Schema) -> set[Any]:
    return {schema["const"]} if "const" in schema else set(schema.get("enum", ()))


def _resolved(schema: Schema, parts: Schema) -> Schema:
    reference = schema.get("$ref")
    return parts[reference.rpartition("/")[2]] if reference else schema


def _kinds(schema: Schema, parts: Schema) -> dict[str, Schema]:
    """The alternatives of a schema by JSON type; a schema of anything is one of its own."""
    alternatives = [_resolved(one, parts) for one in schema.get("anyOf", [schema])]
    return {str(one.get("type", "anything")): one for one in alternatives}
