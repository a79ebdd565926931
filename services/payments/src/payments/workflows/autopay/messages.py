"""What the auto-pay workflow and its activity tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

REVIVED = "MethodSaved"


@dataclass
class Collect:
    """Do what is to be done about the invoice, as of the business instant `at`."""

    organization_id: str
    invoice_id: str
    at: datetime
    is_revived: bool


@dataclass
class Collected:
    """When to ask again; none when nothing more is to be done."""

    next_attempt_at: datetime | None
