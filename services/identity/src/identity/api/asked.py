"""What the gateway passes on of a request, in our own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from uuid import UUID

from common.errors import Forbidden
from identity.domain.sessions import COOKIE, PORTAL_COOKIE
from identity.use_cases.identify_caller import Shown

_NAMED_BY_PATH = re.compile(r"/v1/organizations/([0-9a-fA-F-]{36})(?:[/?]|$)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gateway passes on of a request: how, where to, with which credentials, from which page."""

    method: str
    path: str
    our_origin: str
    bearer: str | None
    cookies: Mapping[str, str]
    portal: str | None
    shown: Shown
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
            cookies=cookies_of(headers.get("cookie", "")),
            portal=headers.get("x-hostbook-portal"),
            shown=Shown(
                headers.get("x-hostbook-organization") or (by_path.group(1) if by_path else None),
                _approval_of(headers.get("x-hostbook-approval")),
                address_of(headers),
            ),
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
        )

    @property
    def credential(self) -> str:
        """What is shown: a key, or the cookies of the door that is named."""
        if self.bearer:
            return self.bearer
        if self.portal:
            return "".join(f"{name}={value};" for name, value in sorted(self.cookies.items()) if name != COOKIE)
        return self.cookies.get(COOKIE, "")


def _approval_of(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Forbidden("This is no approval.", field="X-Hostbook-Approval", remedy="the id of an approval") from error


def address_of(headers: Mapping[str, str]) -> str:
    """The gateway writes the peer's address last; what stands before it is the client's own claim."""
    return headers.get("x-forwarded-for", "").rpartition(",")[2].strip()


def cookies_of(header: str) -> dict[str, str]:
    """Our sessions' tokens in a Cookie header, by the cookie's name."""
    if not header:
        return {}
    try:
        found = SimpleCookie(header)
    except CookieError:
        return {}
    ours = {name: one.value for name, one in found.items() if name == COOKIE or name.startswith(PORTAL_COOKIE)}
    return {name: value for name, value in ours.items() if value}
