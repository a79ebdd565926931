"""Who calls, by session or API key, and in which organization: what the gateway asks before every request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import Forbidden, NotFound
from identity.domain.api_keys import ApiKey
from identity.domain.approvals import held_for_approval
from identity.domain.host import PLATFORM
from identity.domain.member import Member
from identity.domain.portal_view import SEEN
from identity.domain.roles import ACCOUNT, DANGEROUS, PLATFORM_PERMISSIONS, Role, permissions_of
from identity.domain.sessions import SEEN_EVERY, Audience, Level, Session
from identity.store import approvals, credentials, customers, hosts, members, portal_views, sessions
from identity.store.custom_roles import permissions_for
from identity.store.tenancy import enter, organization_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What came with the call beside the credential: which organization it names, an approval, from where."""

    organization: str | None = None
    approval_id: UUID | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's place in the organization that the call is about."""

    organization_id: UUID
    member: Member
    permissions: frozenset[str]


async def by_key(tx: Tx, secret: str, shown: Shown, *, now_at: datetime) -> tuple[Principal, ApiKey] | None:
    """The caller behind an API key; None when the key is unknown, over, or its person has left."""
    found = await credentials.key_of(tx, secret)
    if found is None or found[1].is_over(now_at):
        return None
    home_id, key = found
    standing = await _standing(tx, home_id, key.person_id, shown.organization)
    if standing is None:
        return None
    scope = permissions_of(Role(key.role)) if key.role else key.permissions
    principal = await _principal(tx, f"key:{key.id}", standing, standing.permissions & scope, shown)
    principal = await _with_approval(tx, principal, key.person_id, shown, now_at=now_at)
    await _note_use(tx, home_id, key, now_at)
    return replace(principal, site_id=key.site_id), key


async def by_session(tx: Tx, token: str, audience: Audience, shown: Shown, *, now_at: datetime) -> Principal | None:
    """The caller behind a cookie; None when the session is unknown or over, or its person has left."""
    session = await sessions.of_token(tx, token)
    if session is None or session.audience is not audience or session.is_over(now_at) or session.level is Level.PENDING:
        return None
    standing = await _standing(tx, session.organization_id, session.person_id, shown.organization)
    if standing is None:
        return None
    if session.view_id is not None:
        principal = await _onlooker(tx, session, standing, shown)
    else:
        principal = await _signed_in(tx, session, standing, shown, now_at=now_at)
    if now_at - session.seen_at >= SEEN_EVERY:
        await enter(tx, session.organization_id)
        await sessions.touch(tx, session.id, now_at)
    return principal


async def _signed_in(tx: Tx, session: Session, standing: Standing, shown: Shown, *, now_at: datetime) -> Principal:
    """The host's people need a second factor for anything but setting one up; dangerous things a fresh sign-in."""
    subject = f"user:{session.person_id}"
    if standing.member.customer_id is None and session.level is not Level.STRONG:
        allowed = ACCOUNT | {"organization.read"}
        principal = await _principal(tx, subject, standing, allowed, shown)
        return replace(principal, held={"*": "second_factor"})
    principal = await _principal(tx, subject, standing, standing.permissions | ACCOUNT, shown)
    principal = await _with_approval(tx, principal, session.person_id, shown, now_at=now_at)
    if session.is_fresh(now_at):
        return principal
    dangerous = dict.fromkeys(DANGEROUS & principal.permissions, "step_up")
    return replace(principal, held={**principal.held, **dangerous})


async def _onlooker(tx: Tx, session: Session, standing: Standing, shown: Shown) -> Principal | None:
    """Somebody of the host who sees what the customer sees, and changes nothing; both are named."""
    assert session.view_id is not None
    view = await portal_views.find(tx, session.view_id)
    if view is None or "portal_views.write" not in standing.permissions:
        return None
    return Principal(
        f"customer:{view.customer_id}", standing.organization_id, SEEN, view.customer_id,
        actor=f"user:{session.person_id}", read_only=True, address=shown.address,
    )  # fmt: skip


async def _standing(tx: Tx, home_id: UUID, person_id: UUID, named: str | None) -> Standing | None:
    """The person's place in the organization that was named, by default the one signed in to.

    Only the platform's people may name another one, and only where they are members; every other name is 404.
    """
    organization_id = home_id if named is None else await organization_of(tx, named)
    foreign = NotFound("There is no such organization.", field="X-Hostbook-Organization", remedy="one of your own")
    if organization_id is None or (organization_id != home_id and home_id != PLATFORM):
        raise foreign
    await enter(tx, organization_id)
    member = await members.of_person(tx, person_id)
    if member is None:
        if organization_id != home_id:
            raise foreign
        return None
    if member.customer_id is not None and not await customers.is_open(tx, member.customer_id):
        return None
    permissions = await permissions_for(tx, member)
    if organization_id == PLATFORM:
        permissions &= PLATFORM_PERMISSIONS
    return Standing(organization_id, member, permissions)


async def _principal(tx: Tx, subject: str, standing: Standing, permissions: frozenset[str], shown: Shown) -> Principal:
    four_eyes = await hosts.four_eyes(tx, standing.organization_id)
    return Principal(
        subject, standing.organization_id, permissions, standing.member.customer_id,
        address=shown.address, held=held_for_approval(four_eyes, permissions),
    )  # fmt: skip


async def _with_approval(tx: Tx, principal: Principal, person_id: UUID, shown: Shown, *, now_at: datetime) -> Principal:
    """The caller with the approval that came along; one that does not open anything (any more) is refused at once."""
    if shown.approval_id is None:
        return principal
    approval = await approvals.find(tx, shown.approval_id)
    if approval is None or not approval.opens(person_id, now_at=now_at):
        raise Forbidden(
            "This approval opens nothing for you.", field="X-Hostbook-Approval", remedy="one of yours that was granted"
        )
    return replace(principal, approved=(str(approval.id), approval.permission, approval.request_sha256))


async def _note_use(tx: Tx, home_id: UUID, key: ApiKey, now_at: datetime) -> None:
    if key.last_used_at is None or now_at - key.last_used_at >= SEEN_EVERY:
        await enter(tx, home_id)
        await credentials.touch_key(tx, key.id, now_at)
