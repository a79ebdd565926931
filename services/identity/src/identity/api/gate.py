"""The gate: from what a request shows to the internal token, remembered for a few seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from common.auth import NotSignedIn, mint
from common.clock import wall_now
from common.db import Database
from common.errors import Forbidden
from identity.domain.api_keys import is_well_formed
from identity.domain.sessions import COOKIE, SAFE_METHODS, is_same_origin
from identity.store.credentials import digest
from identity.store.tenancy import GATE
from identity.use_cases.identify_caller import by_key, by_session

# A revoked key or session may still pass in another process for so long, and its last token for 90 s more.
_REMEMBERED_S = 5
_MOST_REMEMBERED = 20_000
_NAMED_BY_PATH = re.compile(r"/v1/organizations/([0-9a-fA-F-]{36})(?:[/?]|$)")


class ForeignPage(Forbidden):
    """A cookie came with a request that our own pages did not send (CSRF)."""

    code = "foreign_origin"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gateway passes on of a request: how, where to, with which credentials, from which page."""

    method: str
    path: str
    our_origin: str
    bearer: str | None
    cookie: str | None
    organization: str | None
    origin: str | None
    fetch_site: str | None

    @classmethod
    def of_headers(cls, headers: Mapping[str, str]) -> Asked:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        path = headers.get("x-forwarded-uri", "")
        by_path = _NAMED_BY_PATH.match(path)
        return cls(
            method=headers.get("x-forwarded-method", "GET").upper(),
            path=path,
            our_origin=f"{headers.get('x-forwarded-proto', 'http')}://{headers.get('x-forwarded-host', '')}",
            bearer=bearer.strip() if scheme.lower() == "bearer" else None,
            cookie=cookie_of(headers.get("cookie", "")),
            organization=headers.get("x-hostbook-organization") or (by_path.group(1) if by_path else None),
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
        )


def cookie_of(header: str) -> str | None:
    """The session's token in a Cookie header."""
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return found.value if found and found.value else None


class Gate:
    """Answers forward-auth. Remembers tokens by what was shown, never the credential itself."""

    def __init__(self, database: Database, private_key: str) -> None:
        self._database, self._private_key = database, private_key
        self._remembered: dict[tuple[bytes, str | None], tuple[str, float]] = {}

    async def token(self, asked: Asked) -> str:
        """A fresh internal token for the caller, or the refusal that the client gets to see."""
        shown = asked.bearer or asked.cookie
        if not shown or (asked.bearer and not is_well_formed(asked.bearer)):
            raise NotSignedIn("Nobody is signed in.", remedy="sign in, or send an API key as a Bearer token")
        if not asked.bearer and asked.method not in SAFE_METHODS:
            check_origin(asked.origin, asked.fetch_site, asked.our_origin)
        place = (digest(shown), asked.organization)
        token, until = self._remembered.get(place, ("", 0))
        if time.monotonic() < until:
            return token
        token = await self._look_up(asked, shown)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[place] = (token, time.monotonic() + _REMEMBERED_S)
        return token

    async def _look_up(self, asked: Asked, shown: str) -> str:
        identify = by_key if asked.bearer else by_session
        async with self._database.transaction(GATE) as tx:
            principal = await identify(tx, shown, asked.organization, now_at=wall_now())
        if principal is None:
            raise NotSignedIn("This session or API key is not valid (any more).", remedy="sign in again")
        return mint(principal, self._private_key)

    def forget_all(self) -> None:
        """Access was taken from somebody: look everybody up again."""
        self._remembered.clear()


def check_origin(origin: str | None, fetch_site: str | None, our_origin: str) -> None:
    if not is_same_origin(origin, fetch_site, our_origin):
        raise ForeignPage("This request was not sent by one of our pages.", remedy="use the site itself, or an API key")
