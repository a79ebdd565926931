"""How long a sign-in lasts, how much it is worth, and from where a browser may use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

COOKIE = "__Host-hostbook"
PORTAL_COOKIE = "__Host-portal-"
SSO_COOKIE = "__Host-sso"
IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
PENDING = timedelta(minutes=10)
VIEW = timedelta(minutes=30)
STEP_UP = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Audience(StrEnum):
    """The host's own console, or the portal of its customers: separate sign-ins with separate cookies (CM-14)."""

    HOST = "host"
    PORTAL = "portal"


class Level(StrEnum):
    """What was shown: not all yet; a password, or a mailed link; a second factor or what counts as two."""

    PENDING = "pending"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Session:
    """A person's sign-in at an organization (or at the platform). Instants are real time.

    `shown_at`: when the person last showed who they are. With `view_id` somebody of the host looks as a customer.
    """

    id: UUID
    organization_id: UUID
    person_id: UUID
    audience: Audience
    level: Level
    started_at: datetime
    seen_at: datetime
    shown_at: datetime
    view_id: UUID | None = None
    address: str | None = None
    agent: str | None = None

    def is_over(self, now_at: datetime) -> bool:
        longest = VIEW if self.view_id else PENDING if self.level is Level.PENDING else ABSOLUTE
        return now_at - self.seen_at >= IDLE or now_at - self.started_at >= longest

    def is_fresh(self, now_at: datetime) -> bool:
        """Whether the person showed who they are so lately that dangerous things may be done."""
        return now_at - self.shown_at < STEP_UP


def cookie_name(audience: Audience, organization_id: UUID) -> str:
    """One name per organization in the portal, since all portals share one origin."""
    return COOKIE if audience is Audience.HOST else f"{PORTAL_COOKIE}{organization_id.hex}"


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
