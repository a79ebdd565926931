"""What customers owe, as invoicing's events tell it, and where each delinquency stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from common.money import minor_unit, round_half_up
from revenueguard.store.tables import customers, delinquencies, invoices


@dataclass(frozen=True, slots=True)
class Debt:
    """An invoice that is owed."""

    invoice_id: UUID
    number: str
    currency: str
    due_on: date
    balance: Decimal

    @property
    def printed(self) -> str:
        """The balance to the decimals of its currency."""
        return f"{round_half_up(self.balance, minor_unit(self.currency)):f}"


@dataclass(frozen=True, slots=True)
class Delinquency:
    """Which steps were taken against a customer, and whether the customer is in default."""

    customer_id: UUID
    steps_done: tuple[str, ...]
    is_default: bool
    reason: str | None
    defaulted_at: datetime | None
    since_at: datetime
    redirect_id: UUID | None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom to write to."""

    name: str
    email: str


async def keep_customer(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = insert(customers).values(organization_id=organization_id, **row)
    changed = {k: statement.excluded[k] for k in ("name", "email", "version")}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "customer_id"],
            set_=changed,
            where=customers.c.version < statement.excluded.version,
        )
    )


async def known_customer(tx: Tx, customer_id: UUID) -> None:
    """Refuses a customer that is none of this organization's."""
    if await addressee(tx, customer_id) is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")


async def addressee(tx: Tx, customer_id: UUID) -> Addressee | None:
    row = (await tx.execute(select(customers).where(customers.c.customer_id == customer_id))).first()
    return Addressee(row.name, row.email) if row else None


async def keep_invoice(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = insert(invoices).values(organization_id=organization_id, **row)
    changed = {k: statement.excluded[k] for k in ("due_on", "balance", "state")}
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id", "invoice_id"], set_=changed))


async def close_invoice(tx: Tx, invoice_id: UUID) -> None:
    await tx.execute(update(invoices).where(invoices.c.invoice_id == invoice_id).values(state="closed", balance=0))


async def overdue(tx: Tx, customer_id: UUID) -> Sequence[Debt]:
    """The customer's overdue invoices, the oldest due date first."""
    query = (
        select(invoices)
        .where(invoices.c.customer_id == customer_id, invoices.c.state == "overdue")
        .order_by(invoices.c.due_on, invoices.c.number)
    )
    return [Debt(r.invoice_id, r.number, r.currency, r.due_on, r.balance) for r in await tx.execute(query)]


def _of_row(row: Any) -> Delinquency:
    return Delinquency(
        customer_id=row.customer_id,
        steps_done=tuple(row.steps_done),
        is_default=row.is_default,
        reason=row.reason,
        defaulted_at=row.defaulted_at,
        since_at=row.since_at,
        redirect_id=row.redirect_id,
    )


async def delinquency(tx: Tx, customer_id: UUID, *, locked: bool = False) -> Delinquency | None:
    """`locked`: until the end of the transaction nobody else changes it; default and redirect wait for each other."""
    query = select(delinquencies).where(delinquencies.c.customer_id == customer_id)
    row = (await tx.execute(query.with_for_update() if locked else query)).first()
    return None if row is None else _of_row(row)


_D = delinquencies.c
LISTING = Listing(
    key=[_D.customer_id],
    sorts={"customer_id": _D.customer_id, "since_at": _D.since_at, "defaulted_at": _D.defaulted_at},
    filters={
        "customer_id": _D.customer_id.__eq__,
        "in_default": _D.is_default.is_,
        "step": _D.steps_done.has_key,
        "since_from_at": _D.since_at.__ge__,
        "since_to_at": _D.since_at.__lt__,
    },
    usual="customer_id",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Delinquency]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(delinquencies), wanted)]


async def open_delinquency(tx: Tx, organization_id: UUID, customer_id: UUID, at: datetime) -> None:
    await tx.execute(
        insert(delinquencies)
        .values(organization_id=organization_id, customer_id=customer_id, steps_done=[], is_default=False, since_at=at)
        .on_conflict_do_nothing()
    )


async def note_step(tx: Tx, customer_id: UUID, step: str) -> None:
    await tx.execute(
        update(delinquencies)
        .where(delinquencies.c.customer_id == customer_id, ~delinquencies.c.steps_done.has_key(step))
        .values(steps_done=delinquencies.c.steps_done.op("||")(func.to_jsonb(step)))
    )


async def note_default(tx: Tx, customer_id: UUID, reason: str, at: datetime) -> None:
    await tx.execute(
        update(delinquencies)
        .where(delinquencies.c.customer_id == customer_id)
        .values(is_default=True, reason=reason, defaulted_at=at)
    )


async def note_redirect(tx: Tx, customer_id: UUID, redirect_id: UUID | None) -> None:
    """Which redirect is active; none: the machines mine for the customer."""
    row = delinquencies.c.customer_id == customer_id
    await tx.execute(update(delinquencies).where(row).values(redirect_id=redirect_id))


async def lift_default(tx: Tx, customer_id: UUID) -> None:
    """The default alone is over; the steps that were taken stay taken."""
    row = delinquencies.c.customer_id == customer_id
    await tx.execute(update(delinquencies).where(row).values(is_default=False, reason=None, defaulted_at=None))


async def end_delinquency(tx: Tx, customer_id: UUID) -> None:
    await tx.execute(delete(delinquencies).where(delinquencies.c.customer_id == customer_id))
