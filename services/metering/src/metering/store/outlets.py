"""What PDUs say of their outlets: name and state, beside the channel and the unit that each has here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from metering.store.outlet_tables import pdu_outlets

_KEEP = text(f"""
    insert into {pdu_outlets.name} (organization_id, pdu_id, position, name, state, since_at, seen_at)
    values (:organization, :pdu_id, :position, :name, :state, :seen_at, :seen_at)
    on conflict (organization_id, pdu_id, position) do update set name = excluded.name, state = excluded.state,
        since_at = case when (pdu_outlets.name, pdu_outlets.state) = (excluded.name, excluded.state)
            then pdu_outlets.since_at else excluded.since_at end,
        seen_at = excluded.seen_at
    where pdu_outlets.seen_at < excluded.seen_at
""")  # noqa: S608 - the table's name
_OF = text("""
    select coalesce(o.position, c.position) as position, o.name, o.state, o.since_at, o.seen_at,
        c.channel_id, c.outlet, c.unit_id, u.name as unit
    from (select * from pdu_outlets where pdu_id = :pdu) as o
    full join (
        select * from channels
        where pdu_id = :pdu and (from_at is null or from_at <= :at) and (to_at is null or to_at > :at)
    ) as c on c.position = o.position
    left join units u on u.unit_id = c.unit_id
    order by 1
""")


@dataclass(frozen=True, slots=True)
class OutletWord:
    """What a PDU says of an outlet."""

    position: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet as the PDU and as Hostbook know it; what one of them does not know is None."""

    position: int
    name: str | None
    state: str | None
    since_at: datetime | None
    seen_at: datetime | None
    channel_id: UUID | None
    outlet: str | None
    unit_id: UUID | None
    unit: str | None


async def keep(tx: Tx, organization_id: UUID, pdu_id: UUID, words: Sequence[OutletWord], seen_at: datetime) -> None:
    """Write down what is newer than what is known."""
    if words:
        rows = [
            {
                "organization": organization_id,
                "pdu_id": pdu_id,
                "position": one.position,
                "name": one.name,
                "state": one.state,
                "seen_at": seen_at,
            }
            for one in sorted(words, key=lambda one: one.position)
        ]
        await tx.execute(_KEEP, rows)


async def of(tx: Tx, pdu_id: UUID, at: datetime) -> list[OutletRow]:
    """By position, every outlet that the PDU has told of, or that has a channel at the instant."""
    return [OutletRow(*row) for row in await tx.execute(_OF, {"pdu": pdu_id, "at": at})]
