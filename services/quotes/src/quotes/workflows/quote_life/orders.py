"""What the workflow hands to its activities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Subject:
    """The quote that it is about."""

    organization_id: str
    quote_id: str
