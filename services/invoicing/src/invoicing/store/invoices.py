"""Invoices to rows and back. The body holds the printed figures, which never change once the invoice is issued."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from common.money import minor_unit
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.ledger import Entry
from invoicing.domain.ledger_payments import OpenItem
from invoicing.store import driver
from invoicing.store.books import row_of
from invoicing.store.tables import contracts, invoices
from invoicing.store.wire import INVOICE

OPEN = (InvoiceStatus.ISSUED, InvoiceStatus.OVERDUE)


@dataclass(frozen=True, slots=True)
class Kept:
    """An invoice as it is kept: its figures, its number, what is still open of it."""

    invoice_id: UUID
    number: str | None
    invoice: Invoice
    balance: Decimal
    run_id: UUID | None = None
    held_because: str | None = None
    delivered_at: datetime | None = None
    mailed_at: datetime | None = None
    mail_refused: str | None = None
    version: int = 1

    @property
    def customer_id(self) -> UUID:
        return UUID(self.invoice.head.customer_id)

    @property
    def currency(self) -> str:
        return self.invoice.head.currency

    @property
    def status(self) -> InvoiceStatus:
        return self.invoice.status


_BESIDE = ("run_id", "held_because", "delivered_at", "mailed_at", "mail_refused", "version")


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
    beside = {name: getattr(row, name) for name in _BESIDE}
    return Kept(row.invoice_id, row.number, invoice, balance, **beside)


def _standing(kept: Kept) -> dict[str, Any]:
    """What may change after an invoice left draft; its printed figures never do."""
    invoice, head = kept.invoice, kept.invoice.head
    return {
        "status": invoice.status.value,
        "due_on": head.due_on,
        "credit_applied": invoice.credit_applied,
        "amount_due": invoice.amount_due,
        "balance": kept.balance,
        "version": kept.version,
    }


NUMBER_LATER = "{number}"
"""Stands for an invoice's number in what is told of it, until it is known."""

# One statement for all that an invoice writes when it leaves draft: nothing but the commit comes after it. The
# number's counter is locked until then, so that no number is lost or given twice, and everybody else waits.
_ADD = """
    with given as (
        insert into numbers (organization_id, series, last) values ($1::uuid, 'invoice', 1)
        on conflict (organization_id, series) do update set last = numbers.last + 1
        returning $2::text || lpad(last::text, greatest(6, length(last::text)), '0') as number
    ), booked as (
        insert into entries (organization_id, entry_id, customer_id, kind, source_id, currency, reason, at, postings,
            moves_credit)
        select $1::uuid, e.entry_id, e.customer_id, e.kind, e.source_id, e.currency, e.reason, e.at, e.postings,
            e.moves_credit
        from jsonb_to_recordset($3::text::jsonb) as e(n int, entry_id uuid, customer_id uuid, kind text,
            source_id text, currency text, reason text, at timestamptz, postings jsonb, moves_credit boolean)
        order by e.n
    ), added as (
        insert into invoices (organization_id, invoice_id, customer_id, currency, period, number, status, first_on,
            last_on, issued_on, due_on, total, credit_applied, amount_due, balance, body, run_id, held_because, version)
        select $1::uuid, $4::uuid, $5::uuid, $6::text, $7::text, number, $8::text, $9::date, $10::date, $11::date,
            $12::date, $13::numeric, $14::numeric, $15::numeric, $16::numeric, $17::bytea, $18::uuid, $19::text,
            $20::int
        from given
    ), told as (
        insert into outbox (event_id, organization_id, topic, key, headers, body)
        select o.id, $1::uuid, o.topic, o.key, o.headers,
            convert_to(replace(o.body, $21::text, number), 'UTF8')
        from given, jsonb_to_recordset($22::text::jsonb) as o(n int, id uuid, topic text, key text,
            headers jsonb, body text)
        order by o.n
    )
    select number, pg_notify('outbox', '') from given
    """


def _told(row: dict[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in ("topic", "key")}
    return named | {"id": str(row["id"]), "headers": orjson.Fragment(row["headers"]), "body": row["body"].decode()}


async def add(
    tx: Tx, organization_id: UUID, kept: Kept, made: Sequence[Entry], told: Sequence[dict[str, Any]], prefix: str
) -> Kept:
    """Store an invoice that leaves draft, its entries and its events (rows of the outbox), and number it."""
    head = kept.invoice.head
    entries = [row_of(entry) | {"n": n, "at": entry.at.isoformat()} for n, entry in enumerate(made)]
    events = [_told(row) | {"n": n} for n, row in enumerate(told)]
    invoice = kept.invoice
    added = await driver.row(
        tx, _ADD, organization_id, prefix, orjson.dumps(entries).decode(), kept.invoice_id, kept.customer_id,
        head.currency, head.period, kept.status.value, head.first_on, head.last_on, head.issued_on, head.due_on,
        invoice.total, invoice.credit_applied, invoice.amount_due, kept.balance, INVOICE.dump_json(invoice),
        kept.run_id, kept.held_because, kept.version, NUMBER_LATER, orjson.dumps(events).decode(),
    )  # fmt: skip
    return replace(kept, number=added["number"])


async def save(tx: Tx, kept: Kept) -> Kept:
    """Write a change; the customer's lock makes it the only one."""
    after = replace(kept, version=kept.version + 1)
    await tx.execute(update(invoices).where(invoices.c.invoice_id == kept.invoice_id).values(**_standing(after)))
    return after


async def get(tx: Tx, invoice_id: UUID) -> Kept:
    row = (await tx.execute(select(invoices).where(invoices.c.invoice_id == invoice_id))).first()
    if row is None:
        raise NotFound(f"There is no invoice {invoice_id}.", field="invoice_id")
    return _of_row(row)


async def made_at(tx: Tx, invoice_id: UUID) -> datetime:
    """The real instant at which the invoice's figures were made."""
    made: datetime = (
        await tx.execute(select(invoices.c.made_at).where(invoices.c.invoice_id == invoice_id))
    ).scalar_one()
    return made


async def named(tx: Tx, invoice_ids: Collection[UUID]) -> list[Kept]:
    """Those of these invoices that are not cancelled, oldest first."""
    if not invoice_ids:
        return []
    i = invoices.c
    query = select(invoices).where(i.invoice_id.in_(invoice_ids), i.status != "cancelled")
    return [_of_row(r) for r in await tx.execute(query.order_by(i.issued_on, i.invoice_id))]


async def of_customer(tx: Tx, customer_id: UUID, currency: str | None = None) -> list[Kept]:
    """The customer's invoices that are not cancelled, oldest first."""
    i = invoices.c
    query = select(invoices).where(i.customer_id == customer_id, i.status != "cancelled")
    if currency is not None:
        query = query.where(i.currency == currency)
    return [_of_row(r) for r in await tx.execute(query.order_by(i.issued_on, i.invoice_id))]


async def open_ones(tx: Tx, customer_id: UUID, currency: str, invoice_id: UUID | None = None) -> list[OpenItem]:
    """What is owed of the customer's invoices, the oldest due first; of one alone where it is named."""
    i = invoices.c
    query = select(i.invoice_id, i.balance).where(
        i.customer_id == customer_id, i.currency == currency, i.status.in_(("issued", "overdue")), i.balance > 0
    )
    if invoice_id is not None:
        query = query.where(i.invoice_id == invoice_id)
    places = minor_unit(currency)
    rows = await tx.execute(query.order_by(i.due_on, i.number))
    return [OpenItem(str(r.invoice_id), Decimal(r.balance).quantize(Decimal(1).scaleb(-places))) for r in rows]


async def of_batch(tx: Tx, customer_id: UUID, batch_key: str) -> list[Kept]:
    """The invoices of a prepaid batch's cycles, cancelled ones too, by cycle."""
    i = invoices.c
    query = select(invoices).where(i.customer_id == customer_id, i.period.startswith(f"{batch_key}/"))
    return [_of_row(r) for r in await tx.execute(query.order_by(i.first_on, i.invoice_id))]


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


async def to_deliver(tx: Tx, run_id: UUID, limit: int) -> Sequence[UUID]:
    """Invoices of a run that are out but not yet written and mailed."""
    i = invoices.c
    query = select(i.invoice_id).where(
        i.run_id == run_id, i.delivered_at.is_(None), i.status.in_(("issued", "paid", "overdue"))
    )
    return list((await tx.execute(query.order_by(i.invoice_id).limit(limit))).scalars())


async def note_delivered(
    tx: Tx, invoice_id: UUID, at: datetime, *, mailed: bool = False, refused: str | None = None
) -> None:
    """Its document is written; it was mailed, or why the mail was refused for good."""
    values: dict[str, Any] = {"delivered_at": at}
    if mailed:
        values["mailed_at"] = at
    if refused:
        values["mail_refused"] = refused
    await tx.execute(update(invoices).where(invoices.c.invoice_id == invoice_id).values(**values))


_I = invoices.c


def _bills(contract_id: UUID) -> ColumnElement[bool]:
    """A line is of the contract; its customer, found by an index, keeps the bodies few that are looked into."""
    payer = select(contracts.c.customer_id).where(contracts.c.contract_id == contract_id).scalar_subquery()
    return and_(_I.customer_id == payer, func.convert_from(_I.body, "UTF8").contains(str(contract_id)))


def _is_open(yes: bool) -> ColumnElement[bool]:
    is_owed = and_(_I.status.in_([status.value for status in OPEN]), _I.balance > 0)
    return is_owed if yes else ~is_owed


LISTING = Listing(
    key=[_I.invoice_id],
    sorts={
        "added": _I.invoice_id,
        **{name: _I[name] for name in ("number", "period", "issued_on", "due_on", "total", "amount_due", "balance")},
    },
    filters={
        **{name: _I[name].__eq__ for name in ("customer_id", "period", "number", "currency", "run_id")},
        "status": _I.status.in_,
        "contract_id": _bills,
        "is_open": _is_open,
        "q": lambda text: or_(_I.number.icontains(text, autoescape=True), _I.period.startswith(text, autoescape=True)),
        "issued_from_on": _I.issued_on.__ge__,
        "issued_to_on": _I.issued_on.__le__,
        "due_from_on": _I.due_on.__ge__,
        "due_to_on": _I.due_on.__le__,
        "total_from": _I.total.__ge__,
        "total_to": _I.total.__le__,
    },
    usual="added",
    hosts=frozenset({"run_id"}),
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any], *, out: bool) -> Sequence[Kept]:
    """Those that are wanted, in the order asked for; `out`: only those that the customer has got."""
    query = select(invoices)
    if out:
        query = query.where(_I.status.not_in(("draft", "held")))
    return [_of_row(r) for r in await page.read(tx, query, wanted)]
