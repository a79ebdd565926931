"""What must be known of a PDU to take its polls: whose it is, how many outlets it has, since when it is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from common.db import Tx

_AMONG = text("""
    select pdu_id, name, site_id, outlet_count, (
        select case when bool_and(from_at is not null) then min(from_at) end from channels
        where channels.organization_id = pdus.organization_id and channels.pdu_id = pdus.pdu_id
    ) as opened_at
    from pdus where pdu_id = any(:ids) or name = any(:names)
""")


@dataclass(frozen=True, slots=True)
class PolledPdu:
    """`opened_at`: the instant from which on any of its channels lives; None while there is none, or one always did."""

    pdu_id: str
    site_id: UUID
    outlet_count: int
    opened_at: datetime | None


async def among(tx: Tx, names: Iterable[str], ids: Iterable[UUID]) -> Sequence[tuple[str, PolledPdu]]:
    """Name and PDU of those that exist among these."""
    rows = await tx.execute(_AMONG, {"names": list(names), "ids": list(ids)})
    return [(row.name, PolledPdu(str(row.pdu_id), row.site_id, row.outlet_count, row.opened_at)) for row in rows]
