"""Usage as it was published: by span, with its revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.db import Tx
from common.listing import Listing, Page
from events.metering import UsageMeasured
from metering.store.places import arose_at
from metering.store.tables import usage_spans

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


_S = usage_spans.c
LISTING = Listing(
    key=[_S.unit_id, _S.from_at, _S.contract_id, _S.to_at],
    sorts={"day": _S.day},
    filters={
        **{name: _S[name].__eq__ for name in ("unit_id", "contract_id", "customer_id")},
        "site_id": lambda site_id: arose_at(site_id, _S.unit_id, _S.from_at, _S.to_at),
        "from_on": _S.day.__ge__,
        "to_on": _S.day.__le__,
        "method": lambda methods: cast(_S.body, JSONB)["by_method"].has_any(cast(methods, ARRAY(Text))),
        "quality": lambda quality: _S.body.contains(f'"estimated":{"true" if quality == "estimated" else "false"}'),
    },
    usual="day",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[StoredSpan]:
    """The spans that are wanted, in order of day, unit and time, or in the reverse of it."""
    query = select(*(_S[name] for name in StoredSpan.__slots__)).where(~_S.is_void)
    return [StoredSpan(*row) for row in await page.read(tx, query, wanted)]
