"""Invoices to rows and back. The body holds the printed figures, which never change once the invoice is issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.store.tables import invoices, numbers
from invoicing.store.wire import INVOICE

OPEN = (InvoiceStatus.ISSUED, InvoiceStatus.OVERDUE)


@dataclass(frozen=True, slots=True)
class Kept:
    """An invoice as it is kept: its figures, its number, what is still open of it."""

    invoice_id: UUID
    number: str | None
    invoice: Invoice
    balance: Decimal
    run_id: UUID | None
    mailed_at: datetime | None
    version: int

    @property
    def customer_id(self) -> UUID:
        return UUID(self.invoice.head.customer_id)

    @property
    def currency(self) -> str:
        return self.invoice.head.currency

    @property
    def status(self) -> InvoiceStatus:
        return self.invoice.status


def _of_row(row: Any) -> Kept:
    printed = INVOICE.validate_json(row.body)
    invoice = replace(
        printed,
        status=InvoiceStatus(row.status),
        head=replace(printed.head, issued_on=row.issued_on, due_on=row.due_on),
        credit_applied=Decimal(row.credit_applied).quantize(printed.total),
        amount_due=Decimal(row.amount_due).quantize(printed.total),
    )
    balance = Decimal(row.balance).quantize(printed.total)
    return Kept(row.invoice_id, row.number, invoice, balance, row.run_id, row.mailed_at, row.version)


def _values(kept: Kept) -> dict[str, Any]:
    invoice, head = kept.invoice, kept.invoice.head
    return {
        "number": kept.number,
        "status": invoice.status.value,
        "first_on": head.first_on,
        "last_on": head.last_on,
        "issued_on": head.issued_on,
        "due_on": head.due_on,
        "total": invoice.total,
        "credit_applied": invoice.credit_applied,
        "amount_due": invoice.amount_due,
        "balance": kept.balance,
        "body": INVOICE.dump_json(invoice),
        "run_id": kept.run_id,
        "mailed_at": kept.mailed_at,
        "version": kept.version,
    }


async def add(tx: Tx, organization_id: UUID, kept: Kept) -> None:
    head = kept.invoice.head
    await tx.execute(
        insert(invoices).values(
            organization_id=organization_id,
            invoice_id=kept.invoice_id,
            customer_id=kept.customer_id,
            currency=head.currency,
            period=head.period,
            **_values(kept),
        )
    )


async def save(tx: Tx, kept: Kept) -> Kept:
    """Write a change; the customer's lock makes it the only one."""
    after = replace(kept, version=kept.version + 1)
    await tx.execute(update(invoices).where(invoices.c.invoice_id == kept.invoice_id).values(**_values(after)))
    return after


async def get(tx: Tx, invoice_id: UUID) -> Kept:
    row = (await tx.execute(select(invoices).where(invoices.c.invoice_id == invoice_id))).first()
    if row is None:
        raise NotFound(f"There is no invoice {invoice_id}.", field="invoice_id")
    return _of_row(row)


async def find(tx: Tx, invoice_id: UUID) -> Kept | None:
    row = (await tx.execute(select(invoices).where(invoices.c.invoice_id == invoice_id))).first()
    return _of_row(row) if row else None


async def of_customer(tx: Tx, customer_id: UUID, currency: str | None = None) -> list[Kept]:
    """The customer's invoices that are not cancelled, oldest first."""
    i = invoices.c
    query = select(invoices).where(i.customer_id == customer_id, i.status != "cancelled")
    if currency is not None:
        query = query.where(i.currency == currency)
    return [_of_row(r) for r in await tx.execute(query.order_by(i.issued_on, i.invoice_id))]


async def of_period(tx: Tx, customer_id: UUID, period: str) -> list[Kept]:
    i = invoices.c
    query = select(invoices).where(i.customer_id == customer_id, i.period == period)
    return [_of_row(r) for r in await tx.execute(query)]


async def was_invoiced(tx: Tx, customer_id: UUID, period: str) -> bool:
    """Whether an invoice of the period stands that is neither draft nor cancelled."""
    i = invoices.c
    query = select(i.invoice_id).where(
        i.customer_id == customer_id, i.period == period, i.status.not_in(("draft", "cancelled"))
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def past_due(tx: Tx, today: date, limit: int) -> Sequence[UUID]:
    """Issued invoices with a balance whose due date is over."""
    i = invoices.c
    query = select(i.invoice_id).where(i.status == "issued", i.due_on < today, i.balance > 0)
    return list((await tx.execute(query.order_by(i.due_on, i.invoice_id).limit(limit))).scalars())


async def to_mail(tx: Tx, run_id: UUID, limit: int) -> Sequence[UUID]:
    """Invoices of a run that are out but not yet mailed."""
    i = invoices.c
    query = select(i.invoice_id).where(
        i.run_id == run_id, i.mailed_at.is_(None), i.status.in_(("issued", "paid", "overdue"))
    )
    return list((await tx.execute(query.order_by(i.invoice_id).limit(limit))).scalars())


async def note_mailed(tx: Tx, invoice_id: UUID, at: datetime) -> None:
    await tx.execute(update(invoices).where(invoices.c.invoice_id == invoice_id).values(mailed_at=at))


async def page(tx: Tx, cursor: str | None, limit: int, **filters: Any) -> Sequence[Kept]:
    query = select(invoices).order_by(invoices.c.invoice_id).limit(limit + 1)
    for name, value in filters.items():
        if value is not None:
            query = query.where(invoices.c[name] == value)
    if cursor is not None:
        query = query.where(invoices.c.invoice_id > UUID(cursor))
    return [_of_row(r) for r in await tx.execute(query)]


async def next_number(tx: Tx, organization_id: UUID, prefix: str) -> str:
    """The next number; its counter stays locked to the end of the transaction, so none is lost or given twice."""
    statement = upsert(numbers).values(organization_id=organization_id, last=1)
    last = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id"], set_={"last": numbers.c.last + 1}
        ).returning(numbers.c.last)
    )
    return f"{prefix}{last.scalar_one():06d}"
