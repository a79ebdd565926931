"""Polls and scans made by arithmetic: a few a day are enough for a month of energy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

SIX_HOURS = timedelta(hours=6)


def text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def instants(from_at: datetime, to_at: datetime, every: timedelta) -> list[datetime]:
    """From the first to the last, both included."""
    return [from_at + n * every for n in range((to_at - from_at) // every + 1)]


def steady(
    from_at: datetime, to_at: datetime, watts: Sequence[int], *, every: timedelta = SIX_HOURS, start_wh: int = 1_000_000
) -> list[dict[str, Any]]:
    """Polls of a PDU whose outlets draw so many watts all the time; the steps are whole hours."""
    found = []
    for at in instants(from_at, to_at, every):
        hours = (at - from_at) // timedelta(hours=1)
        found.append({"polled_at": text(at), "energy_wh": [start_wh + w * hours for w in watts]})
    return found


def scans(
    from_at: datetime, to_at: datetime, ths: dict[str, str], *, every: timedelta = SIX_HOURS, status: str = "hashing"
) -> list[dict[str, Any]]:
    """Scans of miners that run at one speed; each covers the time until the next one."""
    interval_s = every // timedelta(seconds=1)
    miners = {name: [speed, status] for name, speed in ths.items()}
    return [
        {"scanned_at": text(at), "interval_s": interval_s, "miners": miners}
        for at in instants(from_at, to_at - every, every)
    ]
