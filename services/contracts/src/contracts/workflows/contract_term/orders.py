"""What passes between the term workflow and its activities."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class TermOrder:
    """Look at a contract's term as of an instant, and carry out its end where it has come."""

    organization_id: str
    contract_id: str
    at: datetime


@dataclass
class TermAnswer:
    """Whether the contract is over, and when it ends otherwise; no instant, no end."""

    is_over: bool
    end_at: datetime | None
