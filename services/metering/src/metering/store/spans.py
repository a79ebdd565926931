"""Usage as it was published: by span, with its revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from events.metering import UsageMeasured

Key = tuple[UUID, UUID, datetime, datetime]
_FIELDS = "unit_id, contract_id, from_at, to_at, customer_id, day, revision, is_void, body"
_OF_UNITS = text(f"""
    select {_FIELDS} from usage_spans where day between :first and :last and unit_id = any(:units)
""")  # noqa: S608 - constants
_PUT = text("""
    insert into usage_spans (organization_id, unit_id, contract_id, from_at, to_at, customer_id, day, revision,
        is_void, body)
    values (:organization, :unit_id, :contract_id, :from_at, :to_at, :customer_id, :day, :revision, :is_void, :body)
    on conflict (organization_id, unit_id, contract_id, from_at, to_at) do update set
        customer_id = excluded.customer_id, day = excluded.day, revision = excluded.revision,
        is_void = excluded.is_void, body = excluded.body
""")
_COUNTS = text("""
    select day, count(*) from usage_spans where day between :first and :last and not is_void group by day
""")
_LIST = text(f"""
    select {_FIELDS} from usage_spans
    where not is_void and day between :first and :last
        and (cast(:unit as uuid) is null or unit_id = :unit)
        and (cast(:contract as uuid) is null or contract_id = :contract)
        and (cast(:after_day as date) is null or (day, unit_id, from_at) > (:after_day, :after_unit, :after_from))
    order by day, unit_id, from_at limit :most
""")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A published span; `body` is its event without the revision, so that equal bodies mean equal usage."""

    unit_id: UUID
    contract_id: UUID
    from_at: datetime
    to_at: datetime
    customer_id: UUID
    day: date
    revision: int
    is_void: bool
    body: str

    @classmethod
    def of_event(cls, event: UsageMeasured) -> StoredSpan:
        return cls(
            unit_id=event.unit_id,
            contract_id=event.contract_id,
            from_at=event.from_at,
            to_at=event.to_at,
            customer_id=event.customer_id,
            day=event.day,
            revision=event.revision,
            is_void=event.is_void,
            body=event.model_copy(update={"revision": 0}).model_dump_json(),
        )


async def of_units(tx: Tx, units: Sequence[UUID], first: date, last: date) -> Mapping[Key, StoredSpan]:
    """What stands (or was taken back) for the units over the days, both included."""
    rows = [StoredSpan(*row) for row in await tx.execute(_OF_UNITS, {"units": units, "first": first, "last": last})]
    return {(row.unit_id, row.contract_id, row.from_at, row.to_at): row for row in rows}


async def put(tx: Tx, organization_id: UUID, rows: Sequence[StoredSpan]) -> None:
    """Write down spans as they are published."""
    if rows:
        values = [
            {"organization": organization_id} | {name: getattr(row, name) for name in StoredSpan.__slots__}
            for row in rows
        ]
        await tx.execute(_PUT, values)


async def counts(tx: Tx, first: date, last: date) -> dict[date, int]:
    """How many spans stand for each of the days that have any."""
    return {row[0]: row[1] for row in await tx.execute(_COUNTS, {"first": first, "last": last})}


async def listed(
    tx: Tx,
    days: tuple[date, date],
    of: tuple[UUID | None, UUID | None],
    after: tuple[date, UUID, datetime] | None,
    most: int,
) -> list[StoredSpan]:
    """The spans of a unit or contract (either may be None) over the days, in order of day, unit and time."""
    rows = await tx.execute(
        _LIST,
        {
            "first": days[0],
            "last": days[1],
            "unit": of[0],
            "contract": of[1],
            "after_day": after[0] if after else None,
            "after_unit": after[1] if after else None,
            "after_from": after[2] if after else None,
            "most": most,
        },
    )
    return [StoredSpan(*row) for row in rows]
