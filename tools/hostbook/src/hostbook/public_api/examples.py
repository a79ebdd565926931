"""Examples made from schemas: what a field's own `examples` say, else what its name, form and limits suggest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from hostbook.public_api.values import BY_NAME, candidates

Schema = Mapping[str, Any]
DEEPEST = 8


class Examples:
    """Examples for the schemas of one document.

    A request shows what must be given and what its author gave an example of; an answer shows all of its fields.
    """

    def __init__(self, schemas: Mapping[str, Schema], written: Mapping[str, Any]) -> None:
        self._schemas, self._written = schemas, written

    def of(self, schema: Schema, name: str = "", *, is_request: bool = False, depth: int = 0) -> Any:
        """A value that the schema accepts."""
        if "$ref" in schema:
            noun = schema["$ref"].rsplit("/", 1)[-1]
            if noun in self._written:
                return self._written[noun]
            return self.of(self._schemas[noun], name, is_request=is_request, depth=depth + 1)
        for word in ("examples", "enum"):
            if schema.get(word):
                return schema[word][0]
        for word in ("example", "const"):
            if word in schema:
                return schema[word]
        return self._by_kind(schema, name, is_request, depth)

    def _by_kind(self, schema: Schema, name: str, is_request: bool, depth: int) -> Any:
        among = schema.get("anyOf") or schema.get("oneOf")
        if among:
            real = [one for one in among if one.get("type") != "null"]
            is_endless = depth > DEEPEST and len(real) < len(among)
            return None if is_endless else self.of(real[0], name, is_request=is_request, depth=depth)
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return self._object(schema, name, is_request, depth)
        if kind == "array":
            return self._array(schema, name, is_request, depth)
        if kind in ("integer", "number"):
            return _number(schema, name)
        if kind == "boolean":
            return schema.get("default", True)
        return _text(schema, name) if kind == "string" else None if kind == "null" else {}

    def _object(self, schema: Schema, name: str, is_request: bool, depth: int) -> dict[str, Any]:
        fields = schema.get("properties", {})
        required = schema.get("required", [])
        shown = [f for f in fields if f in required or "examples" in fields[f] or not is_request]
        shown = shown or list(fields)[:1]
        said = {f: self.of(fields[f], f, is_request=is_request, depth=depth + 1) for f in shown}
        inner = schema.get("additionalProperties")
        if not fields and isinstance(inner, Mapping):
            key = self.of(schema.get("propertyNames", {"type": "string"}), "key")
            known = isinstance(key, str) and key != BY_NAME["key"]
            said[key if known else "alpha"] = self.of(inner, name, is_request=is_request, depth=depth + 1)
        return said

    def _array(self, schema: Schema, name: str, is_request: bool, depth: int) -> list[Any]:
        if depth > DEEPEST:
            return []
        if "prefixItems" in schema:
            return [self.of(one, name, is_request=is_request, depth=depth + 1) for one in schema["prefixItems"]]
        one = name.removesuffix("s") if not name.endswith("ss") else name
        return [self.of(schema.get("items", {}), one, is_request=is_request, depth=depth + 1)] * max(
            1, schema.get("minItems", 1)
        )


def _number(schema: Schema, name: str) -> int:
    for value in (schema.get("default"), BY_NAME.get(name), 1, schema.get("minimum"), schema.get("maximum")):
        if isinstance(value, int) and Draft202012Validator(dict(schema)).is_valid(value):
            return value
    return int(schema.get("exclusiveMinimum", 0)) + 1


def _text(schema: Schema, name: str) -> str:
    plain = dict(schema)
    if schema.get("default"):
        return str(schema["default"])
    check = Draft202012Validator(plain)
    for value in candidates(name, plain):
        if isinstance(value, str) and check.is_valid(value):
            return value
    raise ValueError(f"No example fits {name}: {plain}. Give the field `examples`.")
