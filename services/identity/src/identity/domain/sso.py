"""Single sign-on: which provider an organization trusts, and for which addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.errors import RuleBroken
from identity.domain.roles import PORTAL_ROLES, Role
from identity.domain.texts import plain_text

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
# Roles that a provider may hand out by itself; more than these a person of the host gives by hand.
_BY_ITSELF = frozenset({Role.SUPPORT, Role.AUDITOR, Role.SALES, Role.OPERATIONS, Role.DEVELOPER})


class BadSso(RuleBroken):
    """A provider cannot be set up so."""

    code = "bad_sso"


@dataclass(frozen=True, slots=True)
class SsoProvider:
    """An OpenID Connect provider. Whoever it vouches for with an address of `email_domains` is let in."""

    issuer: str
    client_id: str
    sealed_secret: bytes
    email_domains: tuple[str, ...]
    default_role: Role
    version: int = 1

    def __post_init__(self) -> None:
        plain_text(self.client_id, "client_id", 200)
        if not _is_address(self.issuer):
            raise BadSso(f"{self.issuer!r} is no issuer.", field="issuer", remedy="https://login.example")
        if not self.email_domains or len(self.email_domains) > 20:
            raise BadSso("No addresses are named.", field="email_domains", remedy="1 to 20 domains of your own")
        for domain in self.email_domains:
            if not _DOMAIN.fullmatch(domain):
                raise BadSso(f"{domain!r} is no domain.", field="email_domains", remedy="alpha.example")
        if self.default_role in PORTAL_ROLES or self.default_role not in _BY_ITSELF:
            raise BadSso(
                f"{self.default_role} is not given by itself.",
                field="default_role",
                remedy=", ".join(sorted(_BY_ITSELF)),
            )

    def vouches_for(self, email: str) -> bool:
        return email.rpartition("@")[2] in self.email_domains


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and parts.scheme in ("https", "http") and not (parts.username or parts.query)
