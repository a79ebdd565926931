"""How long a sign-in lasts, and from where a browser may use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

COOKIE = "__Host-hostbook"
IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Session:
    """A person's sign-in at an organization (or at the platform). Instants are real time."""

    id: UUID
    organization_id: UUID
    person_id: UUID
    started_at: datetime
    seen_at: datetime

    def is_over(self, now_at: datetime) -> bool:
        return now_at - self.seen_at >= IDLE or now_at - self.started_at >= ABSOLUTE


def is_same_origin(origin: str | None, fetch_site: str | None, our_origin: str) -> bool:
    """Whether our own page sent this. Browsers say so in Origin or Sec-Fetch-Site; without them, no."""
    if fetch_site is not None and fetch_site != "same-origin":
        return False
    if origin is not None:
        return _normal(origin) == _normal(our_origin)
    return fetch_site == "same-origin"


def _normal(origin: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port
