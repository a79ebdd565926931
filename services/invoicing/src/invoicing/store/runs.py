"""Billing runs and the organization's billing settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from invoicing.store.tables import billing_settings, invoices, runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run over a period: for everyone or one customer, and what came of it."""

    run_id: UUID
    period: str
    customer_id: UUID | None
    skip_existing: bool
    state: str
    issued: int
    held: int
    skipped: int
    refused: dict[str, str]
    missing_days: int
    requested_at: datetime
    finished_at: datetime | None


async def add(tx: Tx, organization_id: UUID, run_id: UUID, wanted: dict[str, Any], at: datetime) -> None:
    await tx.execute(
        insert(runs).values(organization_id=organization_id, run_id=run_id, state="waiting", requested_at=at, **wanted)
    )


async def get(tx: Tx, run_id: UUID) -> Run:
    """The run; its counts stand when it is finished, `made` says them before."""
    row = (await tx.execute(select(runs).where(runs.c.run_id == run_id))).first()
    if row is None:
        raise NotFound(f"There is no billing run {run_id}.", field="run_id")
    return Run(**{name: getattr(row, name) for name in Run.__slots__})


async def made(tx: Tx, run_id: UUID) -> tuple[int, int]:
    """How many invoices the run has issued and held so far."""
    i = invoices.c
    held = func.count(i.held_because)
    row = (await tx.execute(select(func.count() - held, held).where(i.run_id == run_id))).one()
    return row[0], row[1]


async def passed_over(tx: Tx, run: Run) -> int:
    """Customers of the run who had an invoice of the period already (CB-59)."""
    i = invoices.c
    query = select(func.count(i.customer_id.distinct())).where(
        i.period == run.period, i.status != "cancelled", i.run_id.is_distinct_from(run.run_id)
    )
    if run.customer_id is not None:
        query = query.where(i.customer_id == run.customer_id)
    return (await tx.execute(query)).scalar_one() if run.skip_existing else 0


async def refuse(tx: Tx, run_id: UUID, customer_id: UUID, reason: str) -> None:
    added = func.jsonb_build_object(str(customer_id), reason)
    await tx.execute(update(runs).where(runs.c.run_id == run_id).values(refused=runs.c.refused.op("||")(added)))


async def note(tx: Tx, run_id: UUID, **values: Any) -> None:
    await tx.execute(update(runs).where(runs.c.run_id == run_id).values(**values))


async def settings_row(tx: Tx) -> tuple[dict[str, Any], int]:
    """The settings as they were saved, and their version; version 0 is the default."""
    row = (await tx.execute(select(billing_settings))).first()
    return (dict(row.body), row.version) if row else ({}, 0)


async def save_settings(tx: Tx, organization_id: UUID, body: dict[str, Any], version: int) -> int:
    """Put new settings in the place of the version that the caller read; answers the new version."""
    values = {"body": body, "version": version + 1}
    if version == 0:
        first = upsert(billing_settings).values(organization_id=organization_id, **values)
        done = await tx.execute(first.on_conflict_do_nothing())
    else:
        current = update(billing_settings).where(billing_settings.c.version == version)
        done = await tx.execute(current.values(**values))
    if done.rowcount != 1:
        raise Stale("The settings were changed meanwhile.", field="If-Match", remedy="read them again and repeat")
    return version + 1
