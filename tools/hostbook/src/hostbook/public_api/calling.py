"""What every generated call does: leave out what is not said, and name the version that is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Caller(Protocol):
    """Sends a request with its credentials (and a key, if it is a POST), and raises what is refused."""

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The answer's JSON; None where there is none."""


def ask(
    api: Caller, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: object = None,
    version: int | None = None,
) -> Any:  # fmt: skip
    """The answer; `version` becomes the If-Match of a change."""
    options: dict[str, Any] = {}
    said = {name: value for name, value in (query or {}).items() if value is not None}
    if said:
        options["params"] = said
    if version is not None:
        options["headers"] = {"If-Match": f'"{version}"'}
    return api.call(method, path, body, **options)
