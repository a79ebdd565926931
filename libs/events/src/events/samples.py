"""An example of every event, made from its schema alone: always valid, the same on every run, easy to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from events.envelope import Event

# Values of plain text fields by name; any other is its own name.
WORDS: Mapping[str, str] = {
    "billing_email": "invoices@alpha.example",
    "body": "text",
    "buyer_email": "buyer@alpha.example",
    "clause": "C-000042, clause 9.3",
    "code": "AMA-1",
    "company": "Alpha Digital LLC",
    "cap_overage_rate": "0.09",
    "channel_id": "3f2a6c1e-0d8b-5b64-9c55-6f1f6f0f6b11",
    "clock_at": "2025-03-01T06:00:00Z",
    "contact_email": "ops@alpha.example",
    "default_rate_per_kwh": "0.07",
    "due_on": "2025-04-16",
    "efficiency_jth": "17.5",
    "email": "person@alpha.example",
    "end_on": "2026-02-28",
    "fulfilment": "host_stock",
    "hashrate_ths": "200",
    "hours": "24",
    "label": "Visa ending in 4242",
    "model": "Antminer S21",
    "name": "Alpha Digital",
    "number": "C-000001",
    "outlet": "PDU-A-01",
    "percent": "90",
    "period": "2025-03",
    "processor": "stripe",
    "rate_per_kwh": "0.07",
    "rated_ths": "200",
    "rated_w": "3500",
    "reason": "Because the example says so.",
    "role": "finance",
    "series": "luxor",
    "slug": "amarillo",
    "step": "first_reminder",
    "term": "month_to_month",
    "title": "Maintenance on Sunday",
    "text_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "site_id": "0e6bb0c4-5a0f-5b0f-8a52-3a8d2c1b7d10",
    "timezone": "America/Chicago",
    "to_at": "2025-03-02T06:00:00Z",
    "to_on": "2025-03-31",
}
FORMATS = {"date-time": "2025-03-01T06:00:00Z", "date": "2025-03-01"}
PATTERNS = {"^[A-Z]{3}$": "USD"}


def sample(event: type[Event]) -> dict[str, Any]:
    """The body of an example event, every optional field filled."""
    schema = event.model_json_schema()
    made: dict[str, Any] = _value(event.__name__, schema, schema.get("$defs", {}))
    return made


def _value(name: str, schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(name, parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return _value(name, next(s for s in schema["anyOf"] if s.get("type") != "null"), parts)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        return _object(name, schema, parts)
    if schema.get("type") == "array":
        return [_value(name.removesuffix("s"), schema["items"], parts)]
    if schema.get("type") == "string":
        return _text(name, schema)
    return schema.get("default", True) if schema.get("type") == "boolean" else 1


def _object(name: str, schema: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    if "properties" in schema:
        return {key: _value(key, one, parts) for key, one in schema["properties"].items()}
    inner = schema.get("additionalProperties")
    return {"metered": _value(name, inner, parts)} if isinstance(inner, Mapping) else {}


def _text(name: str, schema: Mapping[str, Any]) -> str:
    if name in WORDS:
        return WORDS[name]
    if schema.get("format") == "uuid":
        return str(uuid5(NAMESPACE_URL, name))
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if "pattern" in schema:
        return PATTERNS.get(schema["pattern"], "29/3" if "/" in schema["pattern"] else "1250.5")
    return name
