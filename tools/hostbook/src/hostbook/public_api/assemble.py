"""One OpenAPI document for clients, from the services' own: what the gateway routes, by noun, with examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostbook.engines.gateway import read_routes
from hostbook.engines.part import SERVICES
from hostbook.public_api import naming, shared
from hostbook.public_api.codes import problem_codes
from hostbook.public_api.examples import Examples
from hostbook.public_api.written import BODIES

METHODS = ("get", "post", "put", "patch", "delete")
OPEN = "public"
_UNSAID = ("title", "operationId", "x-transaction")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as its service describes it, names of schemas already those of the common document."""

    service: str
    method: str
    path: str
    said: Mapping[str, Any]

    @property
    def answer(self) -> tuple[str, Mapping[str, Any]]:
        """Status and description of the answer when all goes well."""
        status = next(status for status in sorted(self.said["responses"]) if status[0] in "23")
        return status, self.said["responses"][status]


class Document:
    """The common document of the services below a root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        texts = {name: (root / "services" / name / "openapi.json").read_text("utf-8") for name in SERVICES}
        own = {name: json.loads(text).get("components", {}).get("schemas", {}) for name, text in texts.items()}
        names = naming.schema_names(own)
        renamed = {service: json.loads(_renamed(texts[service], service, names)) for service in SERVICES}
        self.schemas: dict[str, Any] = {}
        for (service, name), common in sorted(names.items()):
            if "ValidationError" not in name:
                self.schemas[common] = _plain(renamed[service]["components"]["schemas"][name])
        self.operations = [
            Operation(service, method, path, said)
            for service in SERVICES
            for path, methods in renamed[service]["paths"].items()
            for method, said in methods.items()
            if method in METHODS
        ]
        self._examples = Examples(self.schemas, BODIES)
        self._kept: dict[str, Any] = {}

    def public(self) -> list[Operation]:
        """What people and programs outside may call: routed by the gateway, and no vendor's webhook."""
        routes = read_routes((self._root / "deploy" / "local" / "routes.yaml").read_text("utf-8"))
        opened = [prefix for route in routes for prefix in route.path_prefixes if not prefix.startswith("/hooks/")]

        def is_open(path: str) -> bool:
            return any(path == prefix or path.startswith(f"{prefix}/") for prefix in opened)

        return [one for one in self.operations if is_open(one.path)]

    def whole(self) -> dict[str, Any]:
        """The document."""
        codes = problem_codes(self._root)
        paths: dict[str, Any] = {}
        for one in self.public():
            paths.setdefault(one.path, {})[one.method] = self._described(one)
        parts = shared.components(_used(paths, self.schemas), codes)
        return {
            "openapi": "3.1.0",
            "info": {"title": "Hostbook", "version": "1", "description": shared.ABOUT},
            "servers": [{"url": "https://books.example.com"}],
            "security": [{name: []} for name in shared.SECURITY],
            "tags": list(self._tags()),
            "paths": paths,
            "components": parts | {"examples": self._kept},
            "x-problem-codes": {one.code: {"status": one.status, "meaning": one.meaning} for one in codes},
        }

    def _tags(self) -> Iterator[dict[str, str]]:
        owners = {naming.noun_of(one.path): one.service for one in self.public()}
        for noun, owner in sorted(owners.items()):
            yield {"name": noun, "description": f"Kept by {owner}."}

    def is_list(self, one: Operation) -> bool:
        """Whether the answer is a list: `items` and little else."""
        schema = one.answer[1].get("content", {}).get("application/json", {}).get("schema", {})
        fields = self.schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})
        return "items" in fields and len(fields) <= 3

    def _described(self, one: Operation) -> dict[str, Any]:
        name = naming.operation_name(one.method, one.path, one.said, is_list=self.is_list(one))
        kept = {key: value for key, value in one.said.items() if key not in _UNSAID and value is not None}
        kept |= {
            "operationId": name, "tags": [naming.noun_of(one.path)], "x-service": one.service,
            "summary": name.replace("_", " ").capitalize(), "parameters": list(self._parameters(one)),
            "responses": self._responses(one),
        }  # fmt: skip
        if "requestBody" in kept:
            body = kept["requestBody"]
            kept["requestBody"] = body | {"content": self._with_examples(body["content"], is_request=True)}
        if one.said["x-permission"] == OPEN:
            kept["security"] = []
        return kept

    def _parameters(self, one: Operation) -> Iterator[dict[str, Any]]:
        common = {"limit": "Limit", "after": "After", "if-match": "IfMatch", "idempotency-key": "IdempotencyKey"}
        wanted = []
        for parameter in one.said.get("parameters", []):
            known = common.get(parameter["name"].lower())
            if known:
                wanted.append(known)
            elif parameter["in"] != "cookie":
                schema = _plain(parameter["schema"])
                example = self._examples.of(schema, parameter["name"], is_request=True)
                yield parameter | {"schema": schema, "example": example}
        if one.said["x-permission"] != OPEN:
            wanted += ["Organization"]
            wanted += ["IdempotencyKey"] if one.method == "post" else []
            is_json = "application/json" in one.answer[1].get("content", {})
            wanted += ["Fields"] if one.method == "get" and is_json else []
        for known in dict.fromkeys(wanted):
            yield {"$ref": f"#/components/parameters/{known}"}

    def _responses(self, one: Operation) -> dict[str, Any]:
        status, said = one.answer
        needs_version = any(p["name"].lower() == "if-match" for p in one.said.get("parameters", []))
        headers = dict(shared.LIMIT_HEADERS) if one.said["x-permission"] != OPEN else {}
        if needs_version or f"patch {one.path}" in self._changes or f"put {one.path}" in self._changes:
            headers["ETag"] = {"$ref": "#/components/headers/ETag"}
        good: dict[str, Any] = {**said, "headers": said.get("headers", {}) | headers}
        if "content" in said:
            good["content"] = self._with_examples(said["content"], is_request=False)
        refusals = ["422", "429", "503"]
        refusals += ["401", "403"] if one.said["x-permission"] != OPEN else []
        refusals += ["404"] if "{" in one.path else []
        refusals += ["400", "409"] if one.method == "post" else []
        refusals += ["412", "428"] if needs_version else []
        refusals += ["413"] if "requestBody" in one.said else []
        return {status: good} | {f: {"$ref": f"#/components/responses/Problem{f}"} for f in sorted(refusals)}

    @property
    def _changes(self) -> set[str]:
        return {f"{one.method} {one.path}" for one in self.operations if one.method in ("patch", "put")}

    def _with_examples(self, content: Mapping[str, Any], *, is_request: bool) -> dict[str, Any]:
        return {media: self._with_example(said, media, is_request=is_request) for media, said in content.items()}

    def _with_example(self, said: Mapping[str, Any], media: str, *, is_request: bool) -> dict[str, Any]:
        if "example" in said or "examples" in said:
            return dict(said)
        schema = said.get("schema") or {"type": "object" if "json" in media else "string"}
        if "$ref" not in schema:
            example = self._examples.of(schema, "content" if "json" not in media else "", is_request=is_request)
            return {"schema": _plain(schema), "example": example}
        key = schema["$ref"].rsplit("/", 1)[-1] + ("Sent" if is_request else "")
        self._kept.setdefault(key, {"value": self._examples.of(schema, is_request=is_request)})
        return dict(said) | {"examples": {"example": {"$ref": f"#/components/examples/{key}"}}}


def _renamed(text: str, service: str, names: Mapping[tuple[str, str], str]) -> str:
    for (owner, name), common in names.items():
        if owner == service and name != common:
            text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{common}"')
    return text


def _plain(schema: Any) -> Any:
    """The schema without the titles that only repeat names."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: _plain(v) for k, v in schema.items() if not (k == "title" and isinstance(v, str))}


def _used(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that the operations reach."""
    found: dict[str, Any] = {}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in found:
            found[name] = schemas[name]
            waiting += _references(schemas[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str) and value.startswith("#/components/schemas/"):
                yield value.rsplit("/", 1)[-1]
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
