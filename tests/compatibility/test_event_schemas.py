"""The wire between services: every event has a schema, an example that fits it, and no change that breaks a reader."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from events.catalog import EVENTS, TOPICS
from events.compatibility import WAY_OUT, breaks
from events.envelope import Envelope
from events.specs import FOLDER, broken, committed, documents, text_of, write
from events.types import DecimalText
from hostbook.engines.layout import ROOT


@pytest.mark.parametrize("kind", EVENTS)
def test_the_example_fits_the_schema_and_the_class_and_survives_the_wire(kind: str) -> None:
    example = json.loads((FOLDER / f"examples/{kind}.json").read_text("utf-8"))
    schema = json.loads((FOLDER / f"schemas/{kind}.json").read_text("utf-8"))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(example)
    event = EVENTS[kind].model_validate(example)
    again = EVENTS[kind].model_validate_json(event.model_dump_json())
    assert again == event
    assert event.key == str(getattr(event, EVENTS[kind].KIND.key))


def test_the_committed_schemas_and_examples_are_what_the_code_says() -> None:
    now = documents()
    here = {p.relative_to(FOLDER).as_posix() for f in ("schemas", "examples") for p in (FOLDER / f).glob("*.json")}
    assert here == now.keys(), "Run: make specs"
    for place, document in now.items():
        assert (FOLDER / place).read_text("utf-8") == text_of(document), f"{place} is stale. Run: make specs"


def test_no_event_breaks_a_consumer_of_the_committed_schemas() -> None:
    said = broken(committed(FOLDER), documents())
    assert not said, "\n".join([*said, WAY_OUT])


def test_no_event_breaks_a_consumer_of_what_was_committed_before(tmp_path: Path) -> None:
    """Also where the schemas were written anew meanwhile: compared with this commit and with main, as far as known."""
    for branch in ("HEAD", "main", "origin/main"):
        git = ["git", "archive", branch, "libs/events/schemas"]
        archive = subprocess.run(git, cwd=ROOT, capture_output=True, check=False)
        if archive.returncode == 0:
            folder = tmp_path / branch
            folder.mkdir(parents=True)
            subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
            said = broken(committed(folder / "libs" / "events"), documents())
            assert not said, "\n".join([f"compared with {branch}:", *said, WAY_OUT])


def test_every_event_is_named_by_owner_aggregate_and_past_fact() -> None:
    for kind, event in EVENTS.items():
        assert event.__module__ == f"events.{event.KIND.owner}"
        assert kind.startswith(f"{event.KIND.topic}.")
        assert event.KIND.key in event.model_fields
        assert (event.__doc__ or "").strip(), f"{kind} does not say what it means"
    assert len(TOPICS) == len({t for t in TOPICS if t.count(".") == 1})


def test_the_envelope_survives_the_headers() -> None:
    envelope = Envelope(
        id=uuid4(), type="a.b.c.v1", source="a", subject="s", time=datetime.fromisoformat("2025-03-01T06:00:00Z"),
        organization_id=uuid4(), traceparent="00-1-2-01",
    )  # fmt: skip
    assert Envelope.of_headers(envelope.headers()) == envelope


class Inner(BaseModel):
    note: str = ""


class Fact(BaseModel):
    unit_id: UUID
    amount: DecimalText
    state: Literal["on", "off"]
    inner: Inner
    many: list[Inner]
    by_name: dict[str, DecimalText]
    reason: str | None = None
    count: int = 1


OLD = Fact.model_json_schema()


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        del schema["properties"][name]
        schema["required"] = [n for n in schema["required"] if n != name]

    return change


def put(name: str, schema: dict[str, Any], *, required: bool = False) -> Callable[[dict[str, Any]], None]:
    def change(whole: dict[str, Any]) -> None:
        whole["properties"][name] = schema
        whole["required"] = [n for n in whole["required"] if n != name] + [name] * required

    return change


def inside(name: str, schema: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    def change(whole: dict[str, Any]) -> None:
        whole["$defs"]["Inner"]["properties"][name] = schema

    return change


TEXT, PLAIN = {"type": "string"}, {"type": "string", "default": ""}
BREAKING = {
    "removed": (drop("amount"), "event.amount was removed or renamed"),
    "removed though optional": (drop("reason"), "event.reason was removed or renamed"),
    "new and required": (put("place", TEXT, required=True), "event.place is new and required"),
    "now required": (put("reason", OLD["properties"]["reason"], required=True), "event.reason is now required"),
    "no longer always there": (put("unit_id", OLD["properties"]["unit_id"]), "event.unit_id is no longer always there"),
    "another type": (put("count", {"type": "string", "default": 1}), "event.count may no longer be integer"),
    "wider type": (put("count", {"anyOf": [{"type": "integer"}, TEXT], "default": 1}), "may now also be string"),
    "no longer null": (put("reason", {"type": "string", "default": None}), "event.reason may no longer be null"),
    "another pattern": (put("amount", {"type": "string", "pattern": "x"}, required=True), "event.amount: pattern"),
    "a format gone": (put("unit_id", TEXT, required=True), "event.unit_id: format changed from uuid"),
    "fewer words": (put("state", {"const": "on", "type": "string"}, required=True), "may no longer be off"),
    "more words": (put("state", {"enum": ["on", "off", "x"], "type": "string"}, required=True), "may now be x"),
    "free words": (put("state", TEXT, required=True), "the list of its values is gone"),
    "another default": (put("count", {"type": "integer", "default": 2}), "event.count: what its absence means changed"),
    "inside a part": (inside("note", {"type": "integer", "default": ""}), "event.inner.note may no longer be string"),
    "inside a list": (inside("note", {"type": "integer", "default": ""}), "event.many[].note may no longer be"),
    "inside a mapping": (
        put("by_name", {"type": "object", "additionalProperties": TEXT}, required=True), "event.by_name{}: pattern",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_found(change: Callable[[dict[str, Any]], None], said: str) -> None:
    new = deepcopy(OLD)
    change(new)
    assert any(said in what for what in breaks(OLD, new)), breaks(OLD, new)


def test_an_added_optional_field_and_a_better_description_break_nothing() -> None:
    new = deepcopy(OLD)
    put("place", PLAIN)(new)
    inside("more", PLAIN)(new)
    new["properties"]["count"]["description"] = "How many."
    assert breaks(OLD, new) == []


def test_a_removed_event_is_found_and_a_new_one_is_fine() -> None:
    assert broken({"schemas/a.v1.json": OLD}, {"schemas/b.v1.json": OLD}) == ["schemas/a.v1.json: the event is gone"]


def test_writing_refuses_a_breaking_change_and_explains_the_way_out(tmp_path: Path) -> None:
    write(tmp_path)
    place = tmp_path / "schemas" / "invoicing.invoice.issued.v1.json"
    kept = json.loads(place.read_text("utf-8"))
    kept["properties"]["colour"] = TEXT
    place.write_text(text_of(kept), "utf-8")
    with pytest.raises(ValueError, match=r"invoice\.issued\.v1\.json: event\.colour was removed or renamed") as refused:
        write(tmp_path)
    assert "version 2" in str(refused.value)
