"""Publish usage spans that are new or differ from what was published, each with its next revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.outbox import publish_all
from events.metering import UsageMeasured
from metering.domain.spans import UsageSpan
from metering.store import spans
from metering.store.spans import Key, StoredSpan
from metering.use_cases.derive_days import Days, Outcome
from metering.use_cases.measured import measured, voided


@dataclass(frozen=True, slots=True)
class Published:
    """A span that was published, and what stood for it before (None: nothing, or it had been taken back)."""

    event: UsageMeasured
    before: UsageMeasured | None


async def publish_usage(
    tx: Tx, organization_id: UUID, outcome: Outcome, days: Days, *, at: datetime
) -> list[Published]:
    """Compare with what stands for these units and days; answers what was published."""
    derived = [one for one in outcome.units if one.failed is None]
    before = await spans.of_units(tx, [one.unit_id for one in derived], days.first, days.last)
    events: list[UsageMeasured] = []
    rows: list[StoredSpan] = []
    kept = set()
    for one in derived:
        for span in one.spans:
            event = _event(span, outcome.customers, local_day(span.from_at, days.zone))
            key = _key(event)
            kept.add(key)
            _compare(event, before.get(key), events, rows)
    for key, stored in before.items():
        if key not in kept and not stored.is_void:
            event = voided(stored)
            events.append(event)
            rows.append(StoredSpan.of_event(event))
    await spans.put(tx, organization_id, rows)
    await publish_all(tx, organization_id, events, at=at, source="metering")
    return [Published(event, _stood(before.get(_key(event)))) for event in events]


def _key(event: UsageMeasured) -> Key:
    return (event.unit_id, event.contract_id, event.from_at, event.to_at)


def _stood(stored: StoredSpan | None) -> UsageMeasured | None:
    return None if stored is None or stored.is_void else UsageMeasured.model_validate_json(stored.body)


def _compare(
    event: UsageMeasured, stored: StoredSpan | None, events: list[UsageMeasured], rows: list[StoredSpan]
) -> None:
    row = StoredSpan.of_event(event)
    if stored is not None:
        if stored.body == row.body:
            return
        event = event.model_copy(update={"revision": stored.revision + 1})
        row = StoredSpan.of_event(event)
    events.append(event)
    rows.append(row)


def _event(span: UsageSpan, customers: Mapping[UUID, UUID], day: date) -> UsageMeasured:
    contract_id = UUID(span.contract_id)
    return measured(span, customers[contract_id], day)
