"""A refused sign-in for the audit log: where it came from, whom it named, how many there were; never what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.host import PLATFORM
from identity.domain.member import Member
from identity.domain.throttling import TOLD_OF_ORGANIZATION, is_told
from identity.store import attempts, audit_entries, hosts
from identity.store.credentials import digest
from identity.store.tenancy import enter
from identity.use_cases.sign_in import From


@dataclass(frozen=True, slots=True)
class Refusal:
    """`counted` is what its attempts are counted by; `member` is None where nobody is known by that address."""

    organization_id: UUID
    member: Member | None
    counted: bytes
    why: str


async def tell_refusal(tx: Tx, refusal: Refusal, came: From, *, now_at: datetime) -> None:
    """In the organization's audit log, an unknown one's in the platform's; the same work whoever was named.

    Of one person the first, the fifth and each tenth; of one organization a hundred an hour and then ever fewer: a
    flood of guesses is no flood of entries. Whoever is not known here is not named: people type passwords there.
    """
    await enter(tx, PLATFORM)
    count = await attempts.count(tx, refusal.counted)
    if not is_told(count):
        return
    of_organization = digest(f"told|{refusal.organization_id}")
    if await attempts.reserve(tx, PLATFORM, of_organization, TOLD_OF_ORGANIZATION, now_at) is not None:
        return
    await enter(tx, refusal.organization_id)
    is_known = bool(await hosts.names(tx, refusal.organization_id))
    organization_id, member = refusal.organization_id if is_known else PLATFORM, refusal.member
    await enter(tx, organization_id)
    row = {
        "organization_id": organization_id,
        "entry_id": new_id(),
        "occurred_at": now_at,
        "service": "identity",
        "thing": "refused_sign_ins",
        "row_id": str(member.person_id) if member else "unknown",
        "operation": "insert",
        "subject": "anonymous",
        "address": came.address,
        "customer_id": member.customer_id if member else None,
        "after": {
            "why": refusal.why,
            "email": member.email if member else None,
            "attempts": count,
            "audience": came.audience,
            "agent": came.agent[:200],
        },
    }
    await audit_entries.add(tx, [row])
