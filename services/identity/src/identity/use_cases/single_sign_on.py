"""Single sign-on: from an organization's provider to a place among its people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.links import Purpose
from identity.domain.member import Member
from identity.domain.sealed import PROVIDER_SECRET
from identity.domain.sso import SsoProvider
from identity.domain.texts import checked_email
from identity.gateways.sealing import Sealing
from identity.gateways.single_sign_on import Journey, Provider, SsoRefused
from identity.store import hosts, links, members, sso_providers
from identity.use_cases.add_member import join


async def set_out(tx: Tx, organization_id: UUID, state: str, *, now_at: datetime) -> SsoProvider | None:
    """In the organization: the provider to go to, the journey being noted; None where there is none."""
    provider = await sso_providers.get(tx)
    if provider is not None:
        await links.make(tx, organization_id, Purpose.SSO, new_id(), token=state, now_at=now_at)
    return provider


async def come_back(tx: Tx, state: str, *, now_at: datetime) -> tuple[UUID, SsoProvider]:
    """At the gate: which organization's journey this was; each ends once."""
    found = await links.use(tx, Purpose.SSO, state, now_at=now_at)
    provider = await sso_providers.get(tx) if found is not None else None
    if found is None or provider is None:
        raise SsoRefused("This sign-in was not begun here, or too long ago.", remedy="start again")
    return found[0], provider


def asking(provider: SsoProvider, sealing: Sealing) -> Provider:
    """The provider as the gateway to it needs it."""
    return Provider(
        provider.issuer, provider.client_id, sealing.opened(provider.sealed_secret, PROVIDER_SECRET).decode()
    )


def sealed(secret: str, sealing: Sealing) -> bytes:
    return sealing.seal(secret.encode(), PROVIDER_SECRET)


def journey_of(state: str, sealing: Sealing) -> Journey:
    """Nothing of it needs to be kept: only we can tell the rest from the state."""
    return Journey(state, sealing.derived("sso nonce", state), sealing.derived("sso verifier", state))


async def take_in(tx: Tx, organization_id: UUID, provider: SsoProvider, claims: Mapping[str, Any]) -> Member:
    """The member that the claims are about; somebody new of the named domains joins with the default role."""
    email = checked_email(str(claims.get("email", "")))
    if claims.get("email_verified") is not True or not provider.vouches_for(email):
        raise SsoRefused("The provider does not vouch for this address.", remedy="an address of the host's own domains")
    member = await members.of_email(tx, email)
    if member is None:
        name = str(claims.get("name") or email.partition("@")[0])[:200]
        new = Member(new_id(), new_id(), organization_id, email, name, provider.default_role)
        member = await join(tx, organization_id, new, None, at=await hosts.now_at(tx, organization_id))
    if member.customer_id is not None:
        raise SsoRefused("This address belongs to a customer's team.", remedy="use the portal")
    return member
