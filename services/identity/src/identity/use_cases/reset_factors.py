"""Somebody of the team has lost telephone and recovery codes: an administrator removes what they can show no more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import Conflict, Forbidden
from identity.domain.letters import factors_reset
from identity.domain.roles import check_grant
from identity.gateways.sealing import Sealing
from identity.store import factors, hosts, members
from identity.store.custom_roles import permissions_for
from identity.use_cases.post_mail import post_mail
from identity.use_cases.sign_out_everywhere import sign_out_everywhere


async def reset_factors(tx: Tx, caller: Principal, member_id: UUID, sealing: Sealing, *, now_at: datetime) -> None:
    """In person, and of nobody who may do more. Their sessions end, they hear of it, and set up another one first."""
    member = await members.get(tx, member_id)
    if not caller.subject.startswith("user:"):
        raise Forbidden("A key resets nobody's second factor.", remedy="sign in")
    if caller.subject == f"user:{member.person_id}":
        raise Conflict("These are your own.", field="member_id", remedy="DELETE /v1/account/totp")
    check_grant(caller.permissions, await permissions_for(tx, member))
    if member.home_id != caller.organization_id:
        raise Conflict("The platform keeps this account.", field="member_id", remedy="ask the platform's people")
    if not await factors.remove_all(tx, member.person_id):
        raise Conflict("They have no second factor.", field="member_id", remedy="somebody who has one")
    await sign_out_everywhere(tx, member.person_id)
    host = await hosts.get(tx, caller.organization_id)
    await post_mail(tx, host.id, factors_reset(member.email, host), sealing, now_at=now_at)
