"""The request body of routes that decode it themselves, for OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema


def with_body(route: dict[str, Any], body: type[BaseModel]) -> dict[str, Any]:
    """The route's arguments with the schema of its JSON body, definitions inlined."""
    _, schema = models_json_schema([(body, "validation")])
    content = {"application/json": {"schema": _inlined(schema["$defs"][body.__name__], schema["$defs"])}}
    extra = route["openapi_extra"] | {"requestBody": {"required": True, "content": content}}
    return route | {"openapi_extra": extra}


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _inlined(definitions[part["$ref"].rsplit("/", 1)[1]], definitions)
        return {name: _inlined(value, definitions) for name, value in part.items()}
    return [_inlined(one, definitions) for one in part] if isinstance(part, list) else part
