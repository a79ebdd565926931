"""What changed after it was invoiced, and is therefore computed again on the next invoice (rules 6.4, 7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from invoicing.store.tables import changed_days, changed_periods, contracts, invoices


async def note(tx: Tx, organization_id: UUID, contract_id: UUID, period: str) -> None:
    row = {"organization_id": organization_id, "contract_id": contract_id, "period": period}
    await tx.execute(insert(changed_periods).values(row).on_conflict_do_nothing())


async def of_contracts(tx: Tx, contract_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Periods of these contracts that changed, oldest first."""
    c = changed_periods.c
    query = select(c.contract_id, c.period).where(c.contract_id.in_(contract_ids)).order_by(c.period, c.contract_id)
    return [(r.contract_id, r.period) for r in await tx.execute(query)]


async def forget(tx: Tx, changed: Sequence[tuple[UUID, str]]) -> None:
    c = changed_periods.c
    for contract_id, period in changed:
        await tx.execute(delete(changed_periods).where(c.contract_id == contract_id, c.period == period))


async def invoiced_periods(tx: Tx, customer_id: UUID) -> set[str]:
    """Periods and cycles of which an invoice of the customer stands that is neither draft nor cancelled."""
    i = invoices.c
    query = select(i.period).where(i.customer_id == customer_id, i.status.not_in(("draft", "cancelled")))
    return set((await tx.execute(query)).scalars())


async def invoiced_ahead_of(tx: Tx, customer_id: UUID, contract_id: UUID, day: date) -> bool:
    """Whether a later cycle of a prepaid contract is invoiced: the day may be reconciled already."""
    i = invoices.c
    later = exists().where(
        i.customer_id == customer_id,
        i.period.startswith(f"{contract_id}/"),
        i.first_on > day,
        i.status != "cancelled",
    )
    return bool((await tx.execute(select(later))).scalar())


async def note_day(tx: Tx, organization_id: UUID, contract_id: UUID, unit_id: UUID, day: date) -> None:
    row = {"organization_id": organization_id, "contract_id": contract_id, "unit_id": unit_id, "day": day}
    await tx.execute(insert(changed_days).values(row).on_conflict_do_nothing())


async def days_of(tx: Tx, contract_id: UUID, unit_ids: Sequence[UUID], before: date) -> list[date]:
    """Changed days of a batch's units before a day, each once."""
    d = changed_days.c
    query = select(d.day).where(d.contract_id == contract_id, d.unit_id.in_(unit_ids), d.day < before).distinct()
    return sorted((await tx.execute(query)).scalars())


async def forget_days(tx: Tx, contract_id: UUID, unit_ids: Sequence[UUID], before: date) -> None:
    d = changed_days.c
    await tx.execute(delete(changed_days).where(d.contract_id == contract_id, d.unit_id.in_(unit_ids), d.day < before))


async def contracts_with_extra(tx: Tx, name: str) -> list[tuple[UUID, UUID]]:
    """Contracts (with their customer) that have a setting switched on."""
    c = contracts.c
    query = select(c.contract_id, c.customer_id).where(c.terms["extras"].has_key(name))
    return [(r.contract_id, r.customer_id) for r in await tx.execute(query.order_by(c.contract_id))]


async def infinity_contracts(tx: Tx) -> list[tuple[UUID, UUID]]:
    """Contracts (with their customer) that are priced by the hashprice series itself."""
    c = contracts.c
    query = select(c.contract_id, c.customer_id).where(func.jsonb_extract_path_text(c.terms, "type") == "infinity")
    return [(r.contract_id, r.customer_id) for r in await tx.execute(query.order_by(c.contract_id))]
