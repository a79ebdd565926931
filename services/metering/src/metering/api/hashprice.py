"""`/v1/hashprice`: what a PH/s earned a day, by series."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from common.http import Caller, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from common.organizations import business_now
from metering.api.schemas import HashpriceList, HashpriceRow, HashpriceRows
from metering.store import hashprices
from metering.use_cases.add_hashprice import add_hashprice

router = new_router("hashprice")


class Filter(BaseModel):
    """Which rows: those that hold at some time in [from_at, to_at)."""

    series: str = Query("default", max_length=60)
    from_at: Instant | None = None
    to_at: Instant | None = None


@router.post("/v1/hashprice", status_code=201, **allow("hashprice.write"))
async def add_rows(tx: Transaction, caller: Caller, body: HashpriceRows) -> HashpriceRows:
    """Add rows, all or none; gaps are fine and are never filled."""
    at = await business_now(tx, caller.organization_id)
    rows = [(one.from_at, one.to_at, one.usd_per_ph_day) for one in body.rows]
    await add_hashprice(tx, caller.organization_id, body.series, rows, at=at)
    return body


@router.get("/v1/hashprice", **allow("meters.read"))
async def list_rows(
    tx: Transaction, page: Annotated[Page, paged(hashprices.LISTING)], wanted: Annotated[Filter, Query()]
) -> HashpriceList:
    """A series, usually in order of time."""
    rows = [HashpriceRow(**row._mapping).model_dump() for row in await hashprices.page(tx, page, dict(wanted))]
    return HashpriceList(series=wanted.series, **page_of(rows, page))
