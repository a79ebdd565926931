"""Credit notes with their own gapless numbers; inserted, never changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.money import minor_unit
from invoicing.domain.ledger_invoices import CreditNote
from invoicing.store.tables import credit_notes, numbers


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note with its number, its day, and why it was given."""

    note: CreditNote
    customer_id: UUID
    currency: str
    number: str
    issued_on: date
    reason: str


async def add(tx: Tx, organization_id: UUID, given: KeptNote, prefix: str) -> KeptNote:
    """Store a note with the next number of its series."""
    statement = upsert(numbers).values(organization_id=organization_id, series="credit_note", last=1)
    taken = statement.on_conflict_do_update(
        index_elements=["organization_id", "series"], set_={"last": numbers.c.last + 1}
    )
    last = (await tx.execute(taken.returning(numbers.c.last))).scalar_one()
    kept = replace(given, number=f"{prefix}{last:06d}")
    note = kept.note
    await tx.execute(
        insert(credit_notes).values(
            organization_id=organization_id,
            note_id=UUID(note.note_id),
            invoice_id=UUID(note.invoice_id),
            customer_id=kept.customer_id,
            number=kept.number,
            issued_on=kept.issued_on,
            currency=kept.currency,
            amount=note.amount,
            tax=[[code, f"{amount:f}"] for code, amount in note.tax],
            reason=kept.reason,
        )
    )
    return kept


def _of_row(row: Any) -> KeptNote:
    amount = Decimal(row.amount).quantize(Decimal(1).scaleb(-minor_unit(row.currency)))
    tax = tuple((code, Decimal(part)) for code, part in row.tax)
    note = CreditNote(str(row.note_id), str(row.invoice_id), amount, tax)
    return KeptNote(note, row.customer_id, row.currency, row.number, row.issued_on, row.reason)


async def of_invoice(tx: Tx, invoice_id: UUID) -> list[KeptNote]:
    """The notes of an invoice in the order in which they were given."""
    query = select(credit_notes).where(credit_notes.c.invoice_id == invoice_id)
    return [_of_row(row) for row in await tx.execute(query.order_by(credit_notes.c.note_id))]


async def get(tx: Tx, note_id: UUID) -> KeptNote:
    row = (await tx.execute(select(credit_notes).where(credit_notes.c.note_id == note_id))).first()
    if row is None:
        raise NotFound(f"There is no credit note {note_id}.", field="note_id")
    return _of_row(row)
