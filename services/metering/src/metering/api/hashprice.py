"""`/v1/hashprice`: what a PH/s earned a day, by series."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query

from common.clock import instant_of, instant_text
from common.http import Caller, Paged, Transaction, allow, new_router, page_of
from common.organizations import business_now
from metering.api.schemas import HashpriceList, HashpriceRow, HashpriceRows
from metering.store import hashprices
from metering.use_cases.add_hashprice import add_hashprice

router = new_router("hashprice")


@router.post("/v1/hashprice", status_code=201, **allow("hashprice.write"))
async def add_rows(tx: Transaction, caller: Caller, body: HashpriceRows) -> HashpriceRows:
    """Add rows, all or none; gaps are fine and are never filled."""
    at = await business_now(tx, caller.organization_id)
    rows = [(one.from_at, one.to_at, one.usd_per_ph_day) for one in body.rows]
    await add_hashprice(tx, caller.organization_id, body.series, rows, at=at)
    return body


@router.get("/v1/hashprice", **allow("meters.read"))
async def list_rows(
    tx: Transaction, page: Paged, series: Annotated[str, Query(max_length=60)] = "default"
) -> HashpriceList:
    """A series in order of time."""
    after: datetime | None = instant_of(page.after, field="after") if page.after else None
    found = await hashprices.after(tx, series, after, page.limit + 1)
    rows = [
        {"from_at": from_at, "to_at": to_at, "usd_per_ph_day": price, "at": instant_text(from_at)}
        for from_at, to_at, price in found
    ]
    shown = page_of(rows, page, key="at")
    items = [HashpriceRow(**{k: v for k, v in row.items() if k != "at"}) for row in shown["items"]]
    return HashpriceList(series=series, items=items, next=shown["next"])
