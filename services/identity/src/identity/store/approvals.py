"""Approvals to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from identity.domain.approvals import Approval, ApprovalState
from identity.store.tables import approvals

_FIELDS = (
    *("permission", "method", "path", "body", "request_sha256", "reason", "asked_by", "asked_at", "ends_at"),
    *("decided_by", "decided_at", "note"),
)


def _of_row(row: Any) -> Approval:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Approval(id=row.approval_id, state=ApprovalState(row.state), **values)


async def add(tx: Tx, organization_id: UUID, approval: Approval) -> None:
    values = {name: getattr(approval, name) for name in (*_FIELDS, "state")}
    await tx.execute(insert(approvals).values(organization_id=organization_id, approval_id=approval.id, **values))


async def find(tx: Tx, approval_id: UUID) -> Approval | None:
    row = (await tx.execute(select(approvals).where(approvals.c.approval_id == approval_id))).first()
    return _of_row(row) if row else None


async def get(tx: Tx, approval_id: UUID) -> Approval:
    """For a change: the row stays locked, so that two do not decide at once."""
    row = (await tx.execute(select(approvals).where(approvals.c.approval_id == approval_id).with_for_update())).first()
    if row is None:
        raise NotFound(f"There is no approval {approval_id}.", field="approval_id")
    return _of_row(row)


async def save(tx: Tx, approval: Approval) -> None:
    values = {name: getattr(approval, name) for name in ("state", "decided_by", "decided_at", "note")}
    await tx.execute(update(approvals).where(approvals.c.approval_id == approval.id).values(values))


_A = approvals.c
LISTING = Listing(
    key=[_A.approval_id],
    sorts={"asked_at": _A.asked_at, "decided_at": _A.decided_at, "ends_at": _A.ends_at, "permission": _A.permission},
    filters={
        "state": _A.state.in_,
        "permission": _A.permission.__eq__,
        "asked_by": _A.asked_by.__eq__,
        "decided_by": _A.decided_by.__eq__,
        "from_at": _A.asked_at.__ge__,
        "to_at": _A.asked_at.__lt__,
    },
    usual="-asked_at",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Approval]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(approvals), wanted)]
