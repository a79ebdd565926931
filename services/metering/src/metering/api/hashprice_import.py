"""`POST /v1/hashprice/import`: many rows at once, CSV or JSON lines; `GET /v1/hashprice/gaps`: time without a price."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import AwareDatetime, BaseModel

from common.errors import RuleBroken
from common.http import Caller, Transaction, allow, new_router
from common.money import exact_text
from common.organizations import business_now
from metering.api.asked_days import AskedInstant
from metering.api.bodies import BadBody, Refused, body_of
from metering.domain.hashprice import gaps_of
from metering.domain.instants import hours_of, micros_of
from metering.store import hashprices
from metering.use_cases.import_hashprice import Imported, Line, import_hashprice

router = new_router("hashprice")
MOST_ROWS = 100_000
COLUMNS = ("from_at", "to_at", "usd_per_ph_day")
Series = Annotated[str, Query(min_length=1, max_length=60)]
_CONTENT = {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/x-ndjson")}


def _with_rows(route: dict[str, Any]) -> dict[str, Any]:
    extra = route["openapi_extra"] | {"requestBody": {"required": True, "content": _CONTENT}}
    return route | {"openapi_extra": extra}


class ImportAnswer(BaseModel):
    """How many rows are new, how many were there already, which were refused (by their number, from 0)."""

    added: int
    known: int
    refused: list[Refused]
    dry_run: bool


class Gap(BaseModel):
    """Time without a price; failover time in it is left out of the mean, never guessed (rule 4.2)."""

    from_at: AwareDatetime
    to_at: AwareDatetime
    hours: str


class GapList(BaseModel):
    """The gaps of a series over [from_at, to_at)."""

    series: str
    from_at: AwareDatetime | None
    to_at: AwareDatetime | None
    items: list[Gap]


@router.post("/v1/hashprice/import", **_with_rows(allow("hashprice.write")))
async def import_rows(
    request: Request, tx: Transaction, caller: Caller, series: Series, dry_run: bool = False
) -> ImportAnswer:
    """Rows of from_at, to_at, usd_per_ph_day. Good rows count, bad ones are told; sending the same again adds none."""
    lines = list(_lines(await body_of(request), request.headers.get("content-type", "")))
    done = await _take(tx, caller.organization_id, series, lines, dry_run=dry_run)
    refused = [Refused(index=one.index, field=one.field, reason=one.reason, remedy=one.remedy) for one in done.refused]
    return ImportAnswer(added=done.added, known=done.known, refused=refused, dry_run=dry_run)


async def _take(tx: Any, owner: UUID, series: str, lines: list[Line], *, dry_run: bool) -> Imported:
    at = await business_now(tx, owner)
    return await import_hashprice(tx, owner, series, lines, at=at, dry_run=dry_run)


def _lines(body: bytes, kind: str) -> Iterator[Line]:
    """The lines as texts; what is no line at all is passed on as such, to be refused with its number."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadBody("The body is no UTF-8 text.", field="body", remedy="CSV or JSON lines in UTF-8") from None
    rows = _csv(text) if kind.startswith("text/csv") else _json_lines(text)
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise BadBody(f"More than {MOST_ROWS} rows in one call.", field="body", remedy="send parts")
        yield row


def _csv(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        head = next(reader, None)
        if head is None or sorted(head) != sorted(COLUMNS):
            raise BadBody(f"The first line is {head!r}.", field="body", remedy=",".join(COLUMNS))
        places = [head.index(name) for name in COLUMNS]
        for row in reader:
            whole = row + [""] * (len(COLUMNS) - len(row))
            if row:
                yield whole[places[0]], whole[places[1]], whole[places[2]]
    except csv.Error as error:
        raise BadBody(f"The body is no CSV: {error}.", field="body", remedy="RFC 4180") from None


def _json_lines(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            row = None
        fields = row if isinstance(row, dict) else {}
        yield str(fields.get("from_at", "")), str(fields.get("to_at", "")), str(fields.get("usd_per_ph_day", ""))


@router.get("/v1/hashprice/gaps", **allow("meters.read"))
async def read_gaps(
    tx: Transaction,
    caller: Caller,
    series: Series = "default",
    from_at: AskedInstant | None = None,
    to_at: AskedInstant | None = None,
) -> GapList:
    """Where the series has no price, from its first row to now if nothing else is asked."""
    ends = await hashprices.ends(tx, series)
    begun_at = from_at or (None if ends is None else ends[0])
    ended_at = to_at or await business_now(tx, caller.organization_id)
    if from_at is not None and to_at is not None and to_at < from_at:
        raise RuleBroken("The span ends before it begins.", field="to_at", remedy="a later instant")
    if begun_at is None:
        return GapList(series=series, from_at=None, to_at=None, items=[])
    rows = await hashprices.between(tx, series, begun_at, ended_at)
    items = [
        Gap(from_at=start, to_at=end, hours=exact_text(hours_of(micros_of(end) - micros_of(start))))
        for start, end in gaps_of(rows, begun_at, ended_at)
    ]
    return GapList(series=series, from_at=begun_at, to_at=ended_at, items=items)
