"""What the workflow hands to its activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from revenueguard.domain.dunning_policy import Step


@dataclass
class Subject:
    """The customer that it is about."""

    organization_id: str
    customer_id: str


@dataclass
class Taking:
    """A step to be taken at its own instant; none clears."""

    organization_id: str
    customer_id: str
    step: Step | None
    at: datetime
