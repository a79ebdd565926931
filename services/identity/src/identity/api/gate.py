"""The gate: from what a request shows to the internal token, remembered for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from common.auth import NotSignedIn, Principal, mint
from common.clock import wall_now
from common.db import Database
from common.errors import Forbidden, RuleBroken
from identity.api.asked import Asked
from identity.domain.api_keys import is_well_formed
from identity.domain.rate_limits import Bucket, full
from identity.domain.sessions import COOKIE, SAFE_METHODS, Audience, cookie_name, is_same_origin
from identity.store.credentials import digest
from identity.store.tenancy import GATE, organization_of
from identity.use_cases.identify_caller import Shown, by_key, by_session

# A revoked key or session may still pass in another process for so long, and its last token for 90 s more.
_REMEMBERED_S = 5
_MOST_REMEMBERED = 20_000


class ForeignPage(Forbidden):
    """A cookie came with a request that our own pages did not send (CSRF)."""

    code = "foreign_origin"


class OnlyLooking(Forbidden):
    """Whoever looks at the portal as a customer changes nothing."""

    code = "read_only"


class TooManyCalls(RuleBroken):
    """The key has used up its minute."""

    code, status = "rate_limited", 429

    def __init__(self, bucket: Bucket) -> None:
        said = f"This key makes at most {bucket.per_minute} calls a minute."
        super().__init__(said, remedy=f"in {bucket.wait_s} s")
        self.headers = bucket.headers() | {"Retry-After": str(bucket.wait_s)}


@dataclass(slots=True)
class _Known:
    token: str
    until: float
    is_read_only: bool
    key_id: UUID | None = None
    per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """The internal token, and what is left of a limit."""

    token: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Gate:
    """Answers forward-auth. Remembers tokens by what was shown, never the credential itself."""

    def __init__(self, database: Database, private_key: str) -> None:
        self._database, self._private_key = database, private_key
        self._remembered: dict[tuple[bytes, str | None, Shown], _Known] = {}
        self._buckets: dict[UUID, Bucket] = {}

    async def token(self, asked: Asked) -> Passed:
        """A fresh internal token for the caller, or the refusal that the client gets to see."""
        shown = asked.credential
        if not shown or (asked.bearer and not is_well_formed(asked.bearer)):
            raise NotSignedIn("Nobody is signed in.", remedy="sign in, or send an API key as a Bearer token")
        if not asked.bearer and asked.method not in SAFE_METHODS:
            check_origin(asked.origin, asked.fetch_site, asked.our_origin)
        place = (digest(shown), asked.portal, asked.shown)
        known = self._remembered.get(place)
        if known is None or time.monotonic() >= known.until:
            known = await self._look_up(asked)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[place] = known
        if known.is_read_only and asked.method not in SAFE_METHODS:
            raise OnlyLooking("This session may only look.", remedy="leave the customer's view")
        return Passed(known.token, self._counted(known))

    def _counted(self, known: _Known) -> Mapping[str, str]:
        if known.key_id is None or known.per_minute is None:
            return {}
        now_ms = int(time.monotonic() * 1000)
        bucket = self._buckets.get(known.key_id)
        if bucket is None or bucket.per_minute != known.per_minute:
            bucket = full(known.per_minute, now_ms)
        self._buckets[known.key_id], is_within = bucket.taken(now_ms)
        left = self._buckets[known.key_id]
        if not is_within:
            raise TooManyCalls(left)
        return left.headers()

    async def _look_up(self, asked: Asked) -> _Known:
        now_at, until = wall_now(), time.monotonic() + _REMEMBERED_S
        async with self._database.transaction(GATE) as tx:
            if asked.bearer:
                found = await by_key(tx, asked.bearer, asked.shown, now_at=now_at)
                if found is not None:
                    principal, key = found
                    return _Known(mint(principal, self._private_key), until, False, key.id, key.rate_per_minute)
                raise _unknown()
            audience, token, shown = Audience.HOST, asked.cookies.get(COOKIE, ""), asked.shown
            if asked.portal:
                organization_id = await organization_of(tx, asked.portal)
                audience, shown = Audience.PORTAL, replace(shown, organization=str(organization_id))
                token = asked.cookies.get(cookie_name(audience, organization_id), "") if organization_id else ""
            caller: Principal | None = await by_session(tx, token, audience, shown, now_at=now_at)
        if caller is None:
            raise _unknown()
        return _Known(mint(caller, self._private_key), until, caller.read_only)

    def forget_all(self) -> None:
        """Access was taken from somebody: look everybody up again."""
        self._remembered.clear()


def _unknown() -> RuleBroken:
    return NotSignedIn("This session or API key is not valid (any more).", remedy="sign in again")


def check_origin(origin: str | None, fetch_site: str | None, our_origin: str) -> None:
    if not is_same_origin(origin, fetch_site, our_origin):
        raise ForeignPage("This request was not sent by one of our pages.", remedy="use the site itself, or an API key")
