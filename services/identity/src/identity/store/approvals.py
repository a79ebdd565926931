"""Approvals to rows and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from common.errors import NotFound
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


async def before(tx: Tx, cursor: str | None, limit: int, *, state: str | None) -> Sequence[Approval]:
    """The newest first; ids sort by time."""
    query = select(approvals).order_by(approvals.c.approval_id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(approvals.c.approval_id < UUID(cursor))
    if state is not None:
        query = query.where(approvals.c.state == state)
    return [_of_row(row) for row in await tx.execute(query)]
