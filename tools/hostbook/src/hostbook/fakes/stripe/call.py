"""One request as the operations see it, and its parameters checked against what the endpoint knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hostbook.fakes.stripe.errors import invalid
from hostbook.fakes.stripe.store import Store

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Options:
    """How the world around the processor behaves; times in milliseconds."""

    webhook_delay_ms: int = 150
    webhook_chaos: bool = True
    seed: int = 1
    settle_ms: int = 1000
    search_lag_ms: int = 1000


@dataclass(frozen=True, slots=True)
class Call:
    """A request: where it went, what it carried, and the ids it is known by."""

    store: Store
    options: Options
    form: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    request_id: str | None = None
    idempotency_key: str | None = None

    def params(self, known: Mapping[str, str]) -> dict[str, Any]:
        """The parameters by kind (`str`, `int`, `bool`, `map`, `any`); an unknown one is refused as the vendor does."""
        found: dict[str, Any] = {}
        for name, value in self.form.items():
            if name == "expand":
                continue
            if name not in known:
                raise invalid(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
            found[name] = _typed(name, value, known[name])
        return found


def _typed(name: str, value: Any, kind: str) -> Any:
    if kind == "map":
        return _labels(name, value)
    if kind in ("str", "int", "bool") and not isinstance(value, str):
        raise invalid("Invalid string", param=name)
    if kind == "int":
        if not value.lstrip("-").isdigit():
            raise invalid(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
        return int(value)
    if kind == "bool":
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=name)
        return value == "true"
    return value


def _labels(name: str, value: Any) -> dict[str, str]:
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=name)
    return {key: text for key, text in value.items() if text != ""}


def required(params: Mapping[str, Any], name: str) -> Any:
    """The parameter, or the vendor's refusal where it is missing or empty."""
    value = params.get(name)
    if value in (None, ""):
        raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return value
