"""The internal token: minted by identity at the gateway, verified here by every service, trusted for minutes only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from common.clock import wall_now
from common.db import Tenant
from common.errors import RuleBroken

AUDIENCE = "hostbook-services"
HEADER = "X-Internal-Token"
LIFETIME = timedelta(seconds=90)


class NotSignedIn(RuleBroken):
    """No valid internal token came with the call."""

    code, status = "not_signed_in", 401


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: subject (`user:<id>`, `key:<id>`), for whom, allowed what; `actor` looks on a customer's behalf."""

    subject: str
    organization_id: UUID
    permissions: frozenset[str] = field(default_factory=frozenset)
    customer_id: UUID | None = None
    actor: str | None = None
    read_only: bool = False

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.organization_id, self.customer_id, self.read_only)

    def may(self, permission: str) -> bool:
        return permission in self.permissions and not (self.read_only and not permission.endswith(".read"))


def mint(principal: Principal, private_key: str, *, now_at: datetime | None = None) -> str:
    """A signed token (EdDSA) that says who the principal is, valid for LIFETIME."""
    issued_at = now_at or wall_now()
    customer = str(principal.customer_id) if principal.customer_id else None
    claims = {
        "aud": AUDIENCE, "iat": issued_at, "exp": issued_at + LIFETIME,
        "sub": principal.subject, "org": str(principal.organization_id), "cus": customer,
        "act": principal.actor, "ro": principal.read_only, "prm": sorted(principal.permissions),
    }  # fmt: skip
    return jwt.encode(claims, private_key, algorithm="EdDSA")


def verify(token: str | None, public_key: str) -> Principal:
    """The principal behind a token; a missing, expired, forged or foreign one is refused."""
    if not token:
        raise NotSignedIn("The call carries no internal token.", remedy="call through the gateway, signed in")
    try:
        claims = jwt.decode(token, public_key, algorithms=["EdDSA"], audience=AUDIENCE, leeway=5)
    except jwt.PyJWTError as error:
        raise NotSignedIn("The internal token is not valid.", remedy="sign in again") from error
    organization_id, customer_id = UUID(claims["org"]), UUID(claims["cus"]) if claims["cus"] else None
    permissions = frozenset(claims["prm"])
    return Principal(claims["sub"], organization_id, permissions, customer_id, claims["act"], claims["ro"])
