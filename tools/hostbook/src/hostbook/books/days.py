"""Days as people write them, and the instants they begin at."""

from __future__ import annotations

from datetime import date, datetime

from common.clock import day_start, instant_text, wall_now
from hostbook.engines.errors import EngineTrouble


def today() -> str:
    """The local calendar day of this machine."""
    return wall_now().astimezone().date().isoformat()


def instant_at(text: str, zone: str) -> str:
    """An instant as written, or the start of a day in the contract's zone."""
    try:
        if len(text) == len("2025-03-01"):
            return instant_text(day_start(date.fromisoformat(text), zone))
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise EngineTrouble(f"{text!r} is neither a day nor an instant.", "2025-03-16, or 2025-03-16T05:00Z") from error
    if at.tzinfo is None:
        raise EngineTrouble(f"{text!r} has no offset.", "end it with Z or an offset such as -05:00")
    return instant_text(at)
