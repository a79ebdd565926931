"""`GET /v1/usage.csv`: usage as a stream of rows (RFC 4180), a page at a time, whatever its size."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.responses import StreamingResponse

from common.clock import instant_text
from common.db import Database
from common.http import Caller, OwnDatabase, allow, new_router
from common.listing import Page, place_of
from events.metering import UsageMeasured
from metering.api.usage import MOST_DAYS, Asked, UsageAnswer, running
from metering.store import copies, spans

router = new_router("usage")
PAGE = 500
COLUMNS = (
    *("day", "from_at", "to_at", "unit_id", "unit", "contract_id", "method", "energy_kwh", "hours", "quality"),
    *("revision", "is_final", "flags"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get(
    "/v1/usage.csv",
    **allow("usage.read", transaction=False),
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def stream_usage(caller: Caller, database: OwnDatabase, asked: Annotated[Asked, Depends()]) -> StreamingResponse:
    """As `GET /v1/usage`, a row for each method; hours under failover and unbilled ones are rows of their own.

    Figures are exact: a decimal, or a fraction where it does not end. Each page of rows is one look at the database.
    """
    asked.check(MOST_DAYS)
    name = f"usage-{asked.from_on}-{asked.to_on}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = _lines(caller, database, asked)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8; header=present", headers=headers)


async def _lines(caller: Caller, database: Database, asked: Asked) -> AsyncIterator[str]:
    yield written([COLUMNS])
    page: Page | None = Page(spans.LISTING, PAGE, "day")
    while page is not None:
        async with database.transaction(caller.tenant) as tx:
            found = await spans.page(tx, page, asdict(asked))
            answers = [UsageAnswer.of(UsageMeasured.model_validate_json(one.body), one.revision) for one in found]
            width = len(page.listing.columns(page.sort))
            page = replace(page, after=place_of(page.next, page.sort, width), next=None) if page.next else None
            if page is None:
                answers += await running(tx, caller.organization_id, asked)
            names = {
                row.unit_id: row.name for row in await copies.units_named(tx, [], {one.unit_id for one in answers})
            }
        if answers:
            yield written([row for one in answers for row in _rows(one, names)])


def _rows(one: UsageAnswer, names: Mapping[UUID, str]) -> list[Sequence[str]]:
    counted: list[tuple[str, str, str, str]] = [
        (used.method, used.energy_kwh, used.hours, used.quality) for used in one.methods
    ]
    counted += [
        (method, "0", hours, "none")
        for method, hours in (("failover", one.failover_hours), ("unbilled", one.unbilled_hours))
        if hours != "0"
    ]
    span = (str(one.day), instant_text(one.from_at), instant_text(one.to_at))
    unit = (str(one.unit_id), harmless(names.get(one.unit_id, "")), str(one.contract_id))
    final = (str(one.revision), "true" if one.is_final else "false", " ".join(one.flags))
    return [(*span, *unit, *each, *final) for each in counted]


def harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_FORMULA) else name


def written(rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180 has them: commas, quotes doubled, lines that end with CR LF."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
