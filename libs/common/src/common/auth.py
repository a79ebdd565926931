"""The internal token: minted by identity at the gateway, verified here by every service, trusted for minutes only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from common.clock import wall_now
from common.db import Tenant
from common.errors import refusal

AUDIENCE, HEADER = "hostbook-services", "X-Internal-Token"
LIFETIME = timedelta(seconds=90)
NotSignedIn = refusal("not_signed_in", 401, "No valid internal token came with the call.")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: subject (`user:<id>`, `key:<id>`), for whom, allowed what; `actor` looks on a customer's behalf.

    `held` says what must come before a permission is used: `second_factor`, `step_up` or `approval` ("*": any of them).
    `approved` is the approval that came along: its id, the permission, and the digest of the request it is for.
    """

    subject: str
    organization_id: UUID
    permissions: frozenset[str] = field(default_factory=frozenset)
    customer_id: UUID | None = None
    actor: str | None = None
    read_only: bool = False
    site_id: UUID | None = None
    address: str | None = None
    held: Mapping[str, str] = field(default_factory=dict)
    approved: tuple[str, str, str] | None = None

    @property
    def tenant(self) -> Tenant:
        approval_id = self.approved[0] if self.approved else None
        acting = {"subject": self.subject, "actor": self.actor, "address": self.address, "approval": approval_id}
        return Tenant(self.organization_id, self.customer_id, self.read_only, actor=json.dumps(acting))

    def may(self, permission: str) -> bool:
        is_held = permission in self.held or (self.read_only and not permission.endswith(".read"))
        return permission in self.permissions and not is_held


def mint(principal: Principal, private_key: str, *, now_at: datetime | None = None) -> str:
    """A signed token (EdDSA) that says who the principal is, valid for LIFETIME."""
    issued_at = now_at or wall_now()
    customer, site = (str(id_) if id_ else None for id_ in (principal.customer_id, principal.site_id))
    claims = {
        "aud": AUDIENCE, "iat": issued_at, "exp": issued_at + LIFETIME,
        "sub": principal.subject, "org": str(principal.organization_id), "cus": customer,
        "act": principal.actor, "ro": principal.read_only, "prm": sorted(principal.permissions), "sit": site,
        "adr": principal.address, "hld": dict(principal.held), "apr": principal.approved,
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
    customer_id, site_id = (UUID(claims[name]) if claims[name] else None for name in ("cus", "sit"))
    approved = tuple(claims["apr"]) if claims["apr"] else None
    return Principal(
        claims["sub"], UUID(claims["org"]), frozenset(claims["prm"]), customer_id, claims["act"], claims["ro"],
        site_id, claims["adr"], claims["hld"], approved,
    )  # fmt: skip
