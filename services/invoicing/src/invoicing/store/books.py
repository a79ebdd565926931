"""The ledger's rows: appended, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select

from common.db import Tx, new_id
from common.listing import Listing, Page
from invoicing.domain.ledger import Account, AccountKind, Entry, EntryKind, Posting
from invoicing.domain.ledger_credit import Lot, lots
from invoicing.store.tables import entries


def _posting(row: dict[str, Any]) -> Posting:
    account = Account(AccountKind(row["account"]), row["party"])
    return Posting(account, Decimal(row["amount"]), row.get("invoice_id"), row.get("lot_id"))


def _row(posting: Posting) -> dict[str, Any]:
    kept = {
        "account": posting.account.kind.value,
        "party": posting.account.party,
        "amount": f"{posting.amount:f}",
        "invoice_id": posting.invoice_id,
        "lot_id": posting.lot_id,
    }
    return {k: v for k, v in kept.items() if v is not None}


def row_of(made: Entry) -> dict[str, Any]:
    """The columns of an entry, beside its organization."""
    return {
        "entry_id": new_id(),
        "customer_id": UUID(made.customer_id),
        "kind": made.kind.value,
        "source_id": made.source_id,
        "currency": made.currency,
        "reason": made.reason,
        "at": made.at,
        "postings": [_row(p) for p in made.postings],
        "moves_credit": any(p.account.kind is AccountKind.CUSTOMER_CREDIT for p in made.postings),
    }


async def append(tx: Tx, organization_id: UUID, made: Sequence[Entry]) -> None:
    """Post entries; the same kind and source a second time is refused by the database."""
    if made:
        await tx.execute(insert(entries), [row_of(e) | {"organization_id": organization_id} for e in made])


def _of_row(row: Any) -> Entry:
    return Entry(
        EntryKind(row.kind),
        row.source_id,
        str(row.customer_id),
        row.currency,
        row.at,
        tuple(_posting(p) for p in row.postings),
        row.reason,
    )


async def of_customer(tx: Tx, customer_id: UUID, currency: str) -> list[Entry]:
    """All entries of a customer in a currency, in the order in which they were posted. Lock the customer first."""
    e = entries.c
    query = select(entries).where(e.customer_id == customer_id, e.currency == currency).order_by(e.seq)
    return [_of_row(row) for row in await tx.execute(query)]


async def of_lots(tx: Tx, customer_id: UUID, currency: str) -> list[Lot]:
    """What is left of the customer's credit, the oldest first: out of the entries that ever moved any."""
    e = entries.c
    query = select(entries).where(e.customer_id == customer_id, e.currency == currency, e.moves_credit)
    moved = [_of_row(row) for row in await tx.execute(query.order_by(e.seq))]
    return lots(moved, str(customer_id))


async def of_payment(tx: Tx, payment_id: UUID) -> list[Entry]:
    """The entries that a payment caused itself: its receipts and reversals."""
    e = entries.c
    source = e.source_id.startswith(str(payment_id))
    query = select(entries).where(e.kind.in_((EntryKind.PAYMENT.value, EntryKind.REVERSAL.value)), source)
    return [_of_row(row) for row in await tx.execute(query.order_by(e.seq))]


def _posts(field: str) -> Callable[[object], ColumnElement[bool]]:
    return lambda value: entries.c.postings.contains([{field: str(value)}])


LISTING = Listing(
    key=[entries.c.seq],
    sorts={"seq": entries.c.seq, "at": entries.c.at},
    filters={
        "customer_id": entries.c.customer_id.__eq__,
        "kind": entries.c.kind.in_,
        "currency": entries.c.currency.__eq__,
        "account": _posts("account"),
        "invoice_id": _posts("invoice_id"),
        "source": lambda beginning: entries.c.source_id.startswith(beginning, autoescape=True),
        "from_at": entries.c.at.__ge__,
        "to_at": entries.c.at.__lt__,
    },
    usual="seq",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[tuple[int, Entry]]:
    """Those that are wanted with their sequence, in the order asked for."""
    return [(row.seq, _of_row(row)) for row in await page.read(tx, select(entries), wanted)]
