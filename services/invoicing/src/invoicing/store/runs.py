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
from invoicing.store.tables import billing_settings, runs


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
    row = (await tx.execute(select(runs).where(runs.c.run_id == run_id))).first()
    if row is None:
        raise NotFound(f"There is no billing run {run_id}.", field="run_id")
    return Run(**{name: getattr(row, name) for name in Run.__slots__})


async def count(tx: Tx, run_id: UUID, outcome: str) -> None:
    """One more invoice issued, held or skipped."""
    await tx.execute(update(runs).where(runs.c.run_id == run_id).values({outcome: runs.c[outcome] + 1}))


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
    statement = upsert(billing_settings).values(organization_id=organization_id, body=body, version=version + 1)
    done = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id"],
            set_={"body": body, "version": version + 1},
            where=billing_settings.c.version == version,
        )
    )
    if done.rowcount != 1:
        raise Stale("The settings were changed meanwhile.", field="If-Match", remedy="read them again and repeat")
    return version + 1
