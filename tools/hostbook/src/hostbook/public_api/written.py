"""Examples by hand: bodies whose fields only make sense together. The key is the schema's name in the document."""

from __future__ import annotations

from typing import Any

BODIES: dict[str, Any] = {}
