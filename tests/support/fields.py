"""Every place of a body at which a schema takes text, whether or not the example shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Path = tuple[str | int, ...]


class Fields:
    """Of one OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def _whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _choices(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        whole = self._whole(schema)
        several = [*whole.get("anyOf", ()), *whole.get("oneOf", ()), *whole.get("allOf", ())]
        for one in several:
            yield from self._choices(one)
        if not several:
            yield whole

    def texts(self, schema: Mapping[str, Any], body: Any, at: Path = ()) -> Iterator[tuple[Path, bool]]:
        """Each place, and whether the text is free: neither one of a few words nor of a form of its own."""
        for one in self._choices(schema):
            if one.get("type") == "string":
                yield at, not (one.keys() & {"enum", "const", "format", "pattern"})
            elif one.get("type") == "array":
                for number, inner in enumerate(body[:1] if isinstance(body, list) else [None]):
                    yield from self.texts(one.get("items", {}), inner, (*at, number))
            elif len(at) < 6:
                yield from self._of_object(one, body, at)

    def _of_object(self, schema: Mapping[str, Any], body: Any, at: Path) -> Iterator[tuple[Path, bool]]:
        shown = body if isinstance(body, dict) else {}
        for name, inner in schema.get("properties", {}).items():
            if at == () or isinstance(body, dict):
                yield from self.texts(inner, shown.get(name), (*at, name))
        other = schema.get("additionalProperties")
        if isinstance(other, dict):
            for name in list(shown)[:1]:
                yield from self.texts(other, shown[name], (*at, name))


def put(body: Any, at: Path, value: Any) -> Any:
    """The body with the value at the place; what is not there on the way to it is made."""
    if not at:
        return value
    name, rest = at[0], at[1:]
    if isinstance(name, int):
        listed = deepcopy(body) if isinstance(body, list) and body else [None]
        return [put(listed[0], rest, value), *listed[1:]]
    shown = deepcopy(body) if isinstance(body, dict) else {}
    return shown | {name: put(shown.get(name), rest, value)}
