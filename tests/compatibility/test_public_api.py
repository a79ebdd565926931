"""The common OpenAPI document: true to the services, examples that they accept, names that programs can rely on."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from hostbook.checks.routes import examples
from hostbook.client import customers
from hostbook.client.shapes import NewCustomer
from hostbook.engines.layout import ROOT
from hostbook.engines.part import SERVICES
from hostbook.public_api.assemble import Document

JSON = "application/json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return Document(ROOT).whole()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            yield f"{method.upper()} {path}", said


def shown(document: dict[str, Any], content: dict[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    return document["components"]["examples"][content["examples"]["example"]["$ref"].rsplit("/", 1)[-1]]["value"]


def routes_of(found: Any) -> Iterator[APIRoute]:
    for route in found:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes)


def test_the_document_is_openapi_and_its_check_bites(document: dict[str, Any], tmp_path: Any) -> None:
    validate(document)
    assert list(examples(ROOT)) == []
    (tmp_path / "docs").mkdir()
    document = json.loads(json.dumps(document))
    del document["paths"]["/v1/customers"]["post"]["requestBody"]["content"][JSON]["examples"]
    (tmp_path / "docs" / "openapi.json").write_text(json.dumps(document))
    assert [str(one) for one in examples(tmp_path)] == [
        f"docs/openapi.json:1: POST /v1/customers has no example of {JSON} sent"
    ]


def test_what_the_gateway_opens_is_documented_and_nothing_else(document: dict[str, Any]) -> None:
    everything = {(one.method, one.path) for one in Document(ROOT).operations}
    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert everything - told == {("post", "/hooks/stripe")}  # a vendor's, with the vendor's own description
    assert not [path for _, path in told if path.startswith("/internal")]


def test_every_operation_says_what_it_needs_and_what_comes_back(document: dict[str, Any]) -> None:
    for where, said in operations(document):
        assert said["x-permission"], where
        assert said["description"].strip(), where
        refs = [p.get("$ref", "") for p in said["parameters"]]
        if where.startswith("POST") and said["x-permission"] != "public":
            assert "#/components/parameters/IdempotencyKey" in refs, where
        if "#/components/parameters/IfMatch" in refs:
            assert {"412", "428"} <= said["responses"].keys(), where


def test_examples_are_what_their_schemas_say(document: dict[str, Any]) -> None:
    known = {"components": document["components"]}
    checked = 0
    for where, said in operations(document):
        contents = [said.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in said["responses"].values()]
        pairs = [(c[JSON]["schema"], shown(document, c[JSON])) for c in contents if JSON in c]
        pairs += [(p["schema"], p["example"]) for p in said["parameters"] if "$ref" not in p]
        for schema, value in pairs:
            problems = [error.message for error in Draft202012Validator({**schema, **known}).iter_errors(value)]
            assert problems == [], where
            checked += 1
    assert checked > 400


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_takes_the_bodies_that_are_shown(name: str, document: dict[str, Any]) -> None:
    for route in routes_of(importlib.import_module(f"{name}.main").service.app().routes):
        said = document["paths"].get(route.path, {}).get(min(route.methods or {""}).lower(), {})
        content = said.get("requestBody", {}).get("content", {})
        if route.body_field is not None and JSON in content:
            body = json.dumps(shown(document, content[JSON]))
            taken: Any = route.body_field.field_info.annotation
            TypeAdapter(taken).validate_json(body)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_answers_has_the_names_that_are_documented(name: str) -> None:
    for route in routes_of(importlib.import_module(f"{name}.main").service.app().routes):
        if route.response_field is None:
            continue
        answer: Any = route.response_field.field_info.annotation
        kind: Any = TypeAdapter(answer)
        documented, answered = (kind.json_schema(mode=mode) for mode in ("validation", "serialization"))
        assert list(_names(answered)) == list(_names(documented)), route.path


def _names(schema: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The fields of every object in a schema."""
    yield "", sorted(schema.get("properties", {}))
    for name, one in sorted(schema.get("$defs", {}).items()):
        yield name, sorted(one.get("properties", {}))


def test_codes_of_refusals_are_listed_with_their_status(document: dict[str, Any]) -> None:
    codes = document["x-problem-codes"]
    assert codes["not_found"]["status"] == 404
    assert codes["idempotency_key_reused"]["status"] == 409
    assert codes["unit_on_two_contracts"]["meaning"]
    assert len(codes) > 150


class Recorder:
    """A caller that answers pages, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._answers = list(answers)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        self.asked.append((method, path, body, options))
        return self._answers.pop(0)


def test_the_client_goes_through_pages_and_names_versions() -> None:
    api = Recorder({"items": [{"id": "1"}], "next": "x"}, {"items": [{"id": "2"}], "next": None}, {"id": "3"}, {})
    assert [one["id"] for one in customers.every_customer(api, q="alpha")] == ["1", "2"]
    assert [options["params"].get("after") for *_, options in api.asked] == [None, "x"]
    made = customers.add_customer(api, NewCustomer(name="Alpha", contact_email="ops@alpha.example"))
    assert made["id"] == "3"
    customers.change_customer(api, "3", {"name": "Beta"}, 4)
    assert api.asked[-1] == ("PATCH", "/v1/customers/3", {"name": "Beta"}, {"headers": {"If-Match": '"4"'}})
