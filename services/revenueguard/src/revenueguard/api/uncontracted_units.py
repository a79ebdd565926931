"""`/v1/uncontracted-units`: machines that earn without a contract (CB-109)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.http import Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from revenueguard.api.schemas import UncontractedList
from revenueguard.store import units

router = new_router("uncontracted units")


class Filter(BaseModel):
    """Which units, by the instant since which they hash; `site_id`: where they are now."""

    unit_id: UUID | None = None
    site_id: UUID | None = None
    since_from_at: Instant | None = None
    since_to_at: Instant | None = None


@router.get("/v1/uncontracted-units", **allow("guard.read"))
async def list_uncontracted(
    tx: Transaction, page: Annotated[Page, paged(units.LISTING)], wanted: Annotated[Filter, Query()]
) -> UncontractedList:
    """Units that hash while no active contract covers them."""
    rows: list[dict[str, Any]] = [
        {"unit_id": r.unit_id, "site_id": r.site_id, "since_at": r.since_at}
        for r in await units.flagged(tx, page, dict(wanted))
    ]
    return UncontractedList(**page_of(rows, page))
