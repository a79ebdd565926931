"""Hashprice series: rows that touch at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from common.db import Tx
from common.listing import Listing, Page
from metering.domain.values import HashpriceRow
from metering.store.tables import hashprice

_BETWEEN = text("""
    select from_at, to_at, usd_per_ph_day from hashprice
    where series = :series and from_at < :to_at and to_at > :from_at order by from_at
""")
_ENDS = text("select min(from_at), max(to_at) from hashprice where series = :series")
_H = hashprice.c
LISTING = Listing(
    key=[_H.from_at],
    sorts={"from_at": _H.from_at},
    filters={"series": _H.series.__eq__, "from_at": _H.to_at.__gt__, "to_at": _H.from_at.__lt__},
    usual="from_at",
)


async def ends(tx: Tx, series: str) -> tuple[datetime, datetime] | None:
    """From when to when the series has rows, whatever lies between; None without any."""
    row = (await tx.execute(_ENDS, {"series": series})).one()
    return None if row[0] is None else (row[0], row[1])


async def add(tx: Tx, organization_id: UUID, series: str, rows: Sequence[tuple[datetime, datetime, str]]) -> None:
    """Add rows of (from, to, price)."""
    await tx.execute(
        insert(hashprice),
        [
            {
                "organization_id": organization_id,
                "series": series,
                "from_at": from_at,
                "to_at": to_at,
                "usd_per_ph_day": price,
            }
            for from_at, to_at, price in rows
        ],
    )


async def between(tx: Tx, series: str, from_at: datetime, to_at: datetime) -> list[HashpriceRow]:
    """The rows that hold at some time in [from_at, to_at)."""
    limits = {"series": series, "from_at": from_at, "to_at": to_at}
    return [HashpriceRow(row[0], row[1], Fraction(row[2])) for row in await tx.execute(_BETWEEN, limits)]


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a series that hold at some time in [from_at, to_at), in the order asked for."""
    return await page.read(tx, select(_H.from_at, _H.to_at, _H.usd_per_ph_day), wanted)
