"""What passes between the term workflow and its activities."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, Field


@dataclass
class TermOrder:
    """Look at a contract's term as of an instant, and carry out its end where it has come."""

    organization_id: str
    contract_id: str
    at: datetime


@dataclass
class TermAnswer:
    """Whether the contract is over, and when to look at it again: a reminder, or its end. No instant: only when told.

    Histories from before there were reminders called it `end_at`; they are read as they are.
    """

    is_over: bool
    next_at: Annotated[datetime | None, Field(validation_alias=AliasChoices("next_at", "end_at"))]
