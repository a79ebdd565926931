"""What the workflow hands to its activities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Batch:
    """The mails of one cause."""

    organization_id: str
    batch_id: str
