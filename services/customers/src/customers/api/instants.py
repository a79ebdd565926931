"""Instants in requests: RFC 3339 with an offset, never a number of seconds."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def _written(value: object) -> object:
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("Write an instant as 2025-03-01T00:00:00Z")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_written)]
