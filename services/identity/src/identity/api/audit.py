"""`/v1/audit`: every change of money, access or contract: who, on whose behalf, what before and after, when, whence."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from common.clock import instant_of
from common.errors import RuleBroken
from common.http import Caller, OwnDatabase, Paged, Transaction, allow, new_router, page_of
from identity.store import audit_entries
from identity.store.audit_entries import Sought

router = new_router("audit")
_COLUMNS = (
    *("occurred_at", "service", "thing", "row_id", "operation", "subject", "person", "on_behalf_of", "address"),
    *("approval_id", "customer_id", "before", "after"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditEntry(BaseModel):
    """One change of one row. Only what differs is in `before` and `after`; secrets are hidden. Real time."""

    id: UUID
    occurred_at: datetime
    service: str
    thing: str
    row_id: str
    operation: Literal["insert", "update", "delete"]
    subject: str
    person: str | None
    on_behalf_of: str | None
    address: str | None
    approval_id: UUID | None
    customer_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditList(BaseModel):
    items: list[AuditEntry]
    next: str | None


async def _sought(
    from_at: Annotated[str | None, Query(examples=["2025-03-01T00:00:00Z"])] = None,
    to_at: str | None = None,
    service: Annotated[str | None, Query(max_length=40)] = None,
    thing: Annotated[str | None, Query(max_length=60, description="The kind of row: invoices, members...")] = None,
    row_id: Annotated[str | None, Query(max_length=200)] = None,
    subject: Annotated[str | None, Query(max_length=60, description="user:<id>, key:<id>, system:<service>")] = None,
) -> Sought:
    first = instant_of(from_at, field="from_at") if from_at else None
    return Sought(first, instant_of(to_at, field="to_at") if to_at else None, service, thing, row_id, subject)


@router.get("/v1/audit", **allow("audit.read"))
async def search(tx: Transaction, page: Paged, sought: Annotated[Sought, Depends(_sought)]) -> AuditList:
    """The entries that fit, the newest first."""
    try:
        found = await audit_entries.before(tx, sought, page.after, page.limit)
    except ValueError as error:
        raise RuleBroken("This cursor is another list's.", field="after", remedy="send `next` as it came") from error
    rows = [
        AuditEntry(id=row["entry_id"], **{name: row[name] for name in _COLUMNS}).model_dump()
        | {"place": f"{row['occurred_at'].isoformat()}|{row['entry_id']}"}
        for row in found
    ]
    return AuditList(**page_of(rows, page, "place"))


@router.get("/v1/audit/export", response_class=StreamingResponse, **allow("audit.read", transaction=False))
async def export(
    database: OwnDatabase, caller: Caller, sought: Annotated[Sought, Depends(_sought)]
) -> StreamingResponse:
    """The entries that fit as CSV, however many."""

    async def lines() -> AsyncIterator[str]:
        yield _line(_COLUMNS)
        async with database.transaction(caller.tenant) as tx:
            async for row in audit_entries.stream(tx, sought):
                yield _line(_cells(row))

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(lines(), media_type="text/csv", headers=headers)


def _cells(row: Mapping[str, Any]) -> list[str]:
    """No cell begins like a formula: a spreadsheet would run what somebody typed into a name."""
    cells = []
    for name in _COLUMNS:
        value = row[name]
        text = orjson.dumps(value).decode() if isinstance(value, dict) else "" if value is None else str(value)
        cells.append(f"'{text}" if text.startswith(_FORMULA) else text)
    return cells


def _line(cells: Any) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
