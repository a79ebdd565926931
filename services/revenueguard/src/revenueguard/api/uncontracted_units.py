"""`/v1/uncontracted-units`: machines that earn without a contract (CB-109)."""

from typing import Any

from common.http import Paged, Transaction, allow, new_router, page_of
from revenueguard.api.schemas import UncontractedList
from revenueguard.store import units

router = new_router("uncontracted units")


@router.get("/v1/uncontracted-units", **allow("guard.read"))
async def list_uncontracted(tx: Transaction, page: Paged) -> UncontractedList:
    """Units that hash while no active contract covers them."""
    rows: list[dict[str, Any]] = [
        {"unit_id": r.unit_id, "since_at": r.since_at} for r in await units.flagged(tx, page.after, page.limit)
    ]
    return UncontractedList(**page_of(rows, page, "unit_id"))
