"""`/v1/audit`: every change of money, access or contract: who, on whose behalf, what before and after, when, whence."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from common.http import Caller, OwnDatabase, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from identity.store import audit_entries

router = new_router("audit")
Operation = Literal["insert", "update", "delete"]
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
    operation: Operation
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


class Filter(BaseModel):
    """Which entries, by real time. `person` and `on_behalf_of`: a part of an address or a name."""

    from_at: Instant | None = Query(None, examples=["2025-03-01T00:00:00Z"])
    to_at: Instant | None = None
    service: str | None = Query(None, max_length=40)
    thing: str | None = Query(None, max_length=60, description="The kind of row: invoices, members...")
    row_id: str | None = Query(None, max_length=200)
    operation: list[Operation] | None = Query(None, max_length=3)
    subject: str | None = Query(None, max_length=60, description="user:<id>, key:<id>, system:<service>")
    person: str | None = Query(None, min_length=2, max_length=254)
    on_behalf_of: str | None = Query(None, min_length=2, max_length=254)
    address: str | None = Query(None, max_length=60)
    approval_id: UUID | None = None
    customer_id: UUID | None = None


@router.get("/v1/audit", **allow("audit.read"))
async def search(
    tx: Transaction, page: Annotated[Page, paged(audit_entries.LISTING)], wanted: Annotated[Filter, Query()]
) -> AuditList:
    """The entries that fit, usually the newest first."""
    found = await audit_entries.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [
        AuditEntry(id=row["entry_id"], **{name: row[name] for name in _COLUMNS}).model_dump() for row in found
    ]
    return AuditList(**page_of(rows, page))


@router.get("/v1/audit/export", response_class=StreamingResponse, **allow("audit.read", transaction=False))
async def export(database: OwnDatabase, caller: Caller, wanted: Annotated[Filter, Query()]) -> StreamingResponse:
    """The entries that fit as CSV, however many."""

    async def lines() -> AsyncIterator[str]:
        yield _line(_COLUMNS)
        async with database.transaction(caller.tenant) as tx:
            async for row in audit_entries.stream(tx, dict(wanted)):
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
