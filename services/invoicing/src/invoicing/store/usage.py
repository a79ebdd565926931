"""Usage as it came, day by day, and its sums by period and rate segment, kept as the spans arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from invoicing.domain.periods import Period
from invoicing.domain.sums import sum_usage
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import UnitUsage
from invoicing.store import former
from invoicing.store.tables import closed_days, usage_spans, usage_totals
from invoicing.store.usage_form import packed, priced_part, unpacked
from invoicing.store.wire import USAGE, segment_of


async def keep_span(tx: Tx, organization_id: UUID, usage: UnitUsage, day: date, revision: int) -> int | None:
    """Keep a span unless a newer revision is there. Answers the revision before (0: none), or None: nothing kept."""
    s = usage_spans.c
    key = (s.contract_id == UUID(usage.contract_id), s.unit_id == UUID(usage.unit_id), s.from_at == usage.from_at)
    before = (await tx.execute(select(s.revision).where(*key).with_for_update())).scalar() or 0
    if before >= revision:
        return None
    if before:
        await former.keep_span(tx, *key)
    row: dict[str, Any] = {"to_at": usage.to_at, "day": day, "revision": revision, "body": USAGE.dump_json(usage)}
    statement = insert(usage_spans).values(
        organization_id=organization_id,
        contract_id=UUID(usage.contract_id),
        unit_id=UUID(usage.unit_id),
        from_at=usage.from_at,
        **row,
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "contract_id", "unit_id", "from_at"],
            set_=row | {"recorded_at": func.clock_timestamp()},
        )
    )
    return before


async def drop_span(tx: Tx, contract_id: UUID, unit_id: UUID, from_at: datetime) -> None:
    """A span that no longer stands keeps its row, so that an older revision cannot come back; its body is empty."""
    s = usage_spans.c
    await tx.execute(
        usage_spans.update()
        .where(s.contract_id == contract_id, s.unit_id == unit_id, s.from_at == from_at)
        .values(body=b"")
    )


async def spans(
    tx: Tx, contract_id: UUID, from_at: datetime, to_at: datetime, unit_id: UUID | None = None
) -> list[UnitUsage]:
    """The contract's spans that begin within [from_at, to_at), unit by unit, in order of time."""
    s = usage_spans.c
    query = select(s.body).where(s.contract_id == contract_id, s.from_at >= from_at, s.from_at < to_at)
    if unit_id is not None:
        query = query.where(s.unit_id == unit_id)
    rows = (await tx.execute(query.order_by(s.unit_id, s.from_at))).scalars()
    return [USAGE.validate_json(body) for body in rows if body]


async def spans_of_units(tx: Tx, unit_ids: Sequence[UUID], from_at: datetime, to_at: datetime) -> list[UnitUsage]:
    """The spans of units for whatever contract that begin within [from_at, to_at)."""
    s = usage_spans.c
    query = select(s.body).where(s.unit_id.in_(unit_ids), s.from_at >= from_at, s.from_at < to_at)
    rows = (await tx.execute(query.order_by(s.contract_id, s.unit_id, s.from_at))).scalars()
    return [USAGE.validate_json(body) for body in rows if body]


async def add_to_total(
    tx: Tx, organization_id: UUID, usage: UnitUsage, period: str, terms: ContractTerms | None
) -> None:
    """Add a span that is new to the sum of its unit, period and rate segment."""
    t = usage_totals.c
    segment = segment_of(terms, usage)
    key = (
        t.contract_id == UUID(usage.contract_id),
        t.period == period,
        t.unit_id == UUID(usage.unit_id),
        t.segment == segment,
    )
    body = (await tx.execute(select(t.body).where(*key).with_for_update())).scalar()
    added = priced_part(usage)
    total = added if body is None else sum_usage([unpacked(usage.contract_id, usage.unit_id, body), added])
    await _put_total(tx, organization_id, total, period, segment)


async def _put_total(tx: Tx, organization_id: UUID, total: UnitUsage, period: str, segment: str) -> None:
    body = packed(total)
    statement = insert(usage_totals).values(
        organization_id=organization_id,
        contract_id=UUID(total.contract_id),
        period=period,
        unit_id=UUID(total.unit_id),
        segment=segment,
        body=body,
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "contract_id", "period", "unit_id", "segment"], set_={"body": body}
        )
    )


async def sum_again(
    tx: Tx,
    organization_id: UUID,
    contract_id: UUID,
    period: Period,
    terms: ContractTerms | None,
    unit_id: UUID | None = None,
) -> None:
    """Make the sums of a period anew from its spans, of one unit or of all: evidence or terms changed."""
    t = usage_totals.c
    gone = delete(usage_totals).where(t.contract_id == contract_id, t.period == period.name)
    await tx.execute(gone.where(t.unit_id == unit_id) if unit_id is not None else gone)
    grouped: dict[tuple[str, str], list[UnitUsage]] = {}
    for span in await spans(tx, contract_id, period.from_at, period.to_at, unit_id):
        grouped.setdefault((span.unit_id, segment_of(terms, span)), []).append(priced_part(span))
    for (_, segment), parts in grouped.items():
        await _put_total(tx, organization_id, sum_usage(parts), period.name, segment)


async def totals(tx: Tx, contract_id: UUID, period: str) -> list[UnitUsage]:
    """What a contract's period is billed from: unit by unit, in the order in which units were added."""
    t = usage_totals.c
    query = select(t.unit_id, t.body).where(t.contract_id == contract_id, t.period == period)
    rows = await tx.execute(query.order_by(t.unit_id, t.segment))
    return [unpacked(str(contract_id), str(row.unit_id), row.body) for row in rows]


async def forget_totals(tx: Tx, contract_id: UUID) -> None:
    """Drop every sum of a contract, to be made anew."""
    await tx.execute(delete(usage_totals).where(usage_totals.c.contract_id == contract_id))


async def days_with_usage(tx: Tx, contract_id: UUID) -> Sequence[date]:
    """The days on which the contract has usage."""
    query = select(usage_spans.c.day).where(usage_spans.c.contract_id == contract_id).distinct()
    return sorted((await tx.execute(query)).scalars())


async def contracts_with_usage(tx: Tx) -> Sequence[UUID]:
    return list((await tx.execute(select(usage_spans.c.contract_id).distinct())).scalars())


async def close_day(tx: Tx, organization_id: UUID, day: date, span_count: int) -> None:
    statement = insert(closed_days).values(organization_id=organization_id, day=day, span_count=span_count)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["organization_id", "day"], set_={"span_count": span_count})
    )


async def missing_days(tx: Tx, first_on: date, last_on: date) -> int:
    """Days of a period that metering has not closed or whose spans are not all here; before its first day, none."""
    d, s = closed_days.c, usage_spans.c
    earliest = (await tx.execute(select(func.min(d.day)))).scalar()
    first_on = max(first_on, earliest) if earliest else last_on
    closed: Any = {
        r.day: r.span_count for r in await tx.execute(select(closed_days).where(d.day >= first_on, d.day <= last_on))
    }
    arrived: Any = dict(
        (await tx.execute(select(s.day, func.count()).where(s.day >= first_on, s.day <= last_on).group_by(s.day))).all()
    )
    days = (last_on - first_on).days + 1
    complete = [day for day, count in closed.items() if arrived.get(day, 0) >= count]
    return max(days - len(complete), 0)
