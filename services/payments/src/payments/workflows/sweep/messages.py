"""What the sweep is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Sweep:
    """The payment to be swept, as of the business instant `at`."""

    organization_id: str
    payment_id: str
    at: datetime
