"""Copies of what customers signed and of the first prepaid invoices: all that the energize gate asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from contracts.domain.gate import FirstInvoice, Required, Signatures
from contracts.store.kept_tables import deposit_invoices, first_invoices, required_agreements, signatures


async def keep_required(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    """A version of an agreement, unless a newer one, or its withdrawal, is known."""
    statement = upsert(required_agreements).values(organization_id=organization_id, **row)
    changed = {name: statement.excluded[name] for name in row if name != "agreement_id"}
    newer = required_agreements.c.version <= statement.excluded.version
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["organization_id", "agreement_id"], set_=changed, where=newer)
    )


async def required_for(tx: Tx, contract_type: str) -> list[Required]:
    """The agreements that this type of contract needs signed."""
    c = required_agreements.c
    query = select(required_agreements).where(~c.is_withdrawn, c.contract_types.contains([contract_type]))
    rows = await tx.execute(query.order_by(c.name, c.agreement_id))
    return [Required(str(r.agreement_id), r.name, r.accepted_from_version) for r in rows]


async def keep_signature(
    tx: Tx, organization_id: UUID, customer_id: UUID, signed: tuple[UUID, bool, int, date]
) -> None:
    """`signed` is what was signed (an agreement, or the document of a contract), which of the two, version and day."""
    subject_id, is_document, version, signed_on = signed
    row = {
        "organization_id": organization_id,
        "customer_id": customer_id,
        "subject_id": subject_id,
        "is_document": is_document,
        "version": version,
        "signed_on": signed_on,
    }
    statement = upsert(signatures).values(row)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "customer_id", "subject_id"],
            set_={"version": statement.excluded.version, "signed_on": statement.excluded.signed_on},
            where=signatures.c.version < statement.excluded.version,
        )
    )


async def signed_by(tx: Tx, customer_id: UUID, contract_id: UUID) -> Signatures:
    c = signatures.c
    query = select(signatures).where(c.customer_id == customer_id)
    rows = (await tx.execute(query.where(or_(~c.is_document, c.subject_id == contract_id)))).all()
    versions = {str(r.subject_id): r.version for r in rows if not r.is_document}
    return Signatures(versions, any(r.is_document for r in rows))


async def keep_first_invoice(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = upsert(first_invoices).values(organization_id=organization_id, state="issued", **row)
    await tx.execute(statement.on_conflict_do_nothing(index_elements=["organization_id", "invoice_id"]))


async def keep_deposit_invoice(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = upsert(deposit_invoices).values(organization_id=organization_id, state="issued", **row)
    await tx.execute(statement.on_conflict_do_nothing())


async def move_invoice(tx: Tx, invoice_id: UUID, state: str) -> None:
    """Nothing happens for an invoice that no gate asks for."""
    for table in (first_invoices, deposit_invoices):
        await tx.execute(update(table).where(table.c.invoice_id == invoice_id).values(state=state))


async def deposit_invoice_of(tx: Tx, contract_id: UUID) -> FirstInvoice | None:
    """The invoice that charges the contract's deposit; a cancelled one does not."""
    c = deposit_invoices.c
    query = select(c.number, c.state).where(c.contract_id == contract_id, c.state != "cancelled")
    row = (await tx.execute(query.order_by((c.state == "settled").desc(), c.number))).first()
    return FirstInvoice(row.number, row.state == "settled") if row is not None else None


async def first_invoices_of(tx: Tx, contract_id: UUID) -> dict[str, FirstInvoice]:
    """By unit, the first invoice that counts: a cancelled one does not, a settled one comes before an open one."""
    rows: Sequence[Any] = (
        await tx.execute(
            select(first_invoices)
            .where(first_invoices.c.contract_id == contract_id, first_invoices.c.state != "cancelled")
            .order_by(first_invoices.c.state == "settled", first_invoices.c.number)
        )
    ).all()
    return {unit_id: FirstInvoice(r.number, r.state == "settled") for r in rows for unit_id in r.unit_ids}
