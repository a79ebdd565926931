"""Ask for what takes two people, and decide on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.auth import Principal
from common.db import Tx, new_id
from common.errors import Forbidden
from common.http import request_digest
from identity.domain.approvals import LIFETIME, Approval, ApprovalState, BadApproval
from identity.domain.roles import FOUR_EYES, check_grant
from identity.domain.texts import plain_text
from identity.store import approvals
from identity.use_cases.person_behind import person_behind


@dataclass(frozen=True, slots=True)
class Wanted:
    """The request that is to be made, as it will be made."""

    permission: str
    method: str
    path: str
    body: Any
    reason: str


async def ask(tx: Tx, caller: Principal, wanted: Wanted, *, now_at: datetime) -> Approval:
    """Only what the caller may do, but for the second person."""
    if wanted.permission not in FOUR_EYES.values():
        raise BadApproval(
            f"{wanted.permission} needs no second person.", field="permission", remedy=", ".join(FOUR_EYES.values())
        )
    check_grant(caller.permissions, frozenset({wanted.permission}))
    if not wanted.path.startswith("/v1/"):
        raise BadApproval(f"{wanted.path!r} is no call of ours.", field="path", remedy="/v1/credits")
    body = b"" if wanted.body is None else json.dumps(wanted.body).encode()
    approval = Approval(
        new_id(), wanted.permission, wanted.method, wanted.path, wanted.body,
        request_digest(wanted.method, wanted.path, body), plain_text(wanted.reason, "reason", 500),
        await person_behind(tx, caller), now_at, now_at + LIFETIME,
    )  # fmt: skip
    await approvals.add(tx, caller.organization_id, approval)
    return approval


async def decide(
    tx: Tx, caller: Principal, approval_id: UUID, said: tuple[ApprovalState, str | None], *, now_at: datetime
) -> Approval:
    """In person, by somebody who could do the thing as well."""
    approval, (state, note) = await approvals.get(tx, approval_id), said
    if not caller.subject.startswith("user:"):
        raise Forbidden("A key decides nothing.", remedy="sign in")
    check_grant(caller.permissions, frozenset({approval.permission}))
    decided = approval.decided(state, await person_behind(tx, caller), note, now_at=now_at)
    await approvals.save(tx, decided)
    return decided
