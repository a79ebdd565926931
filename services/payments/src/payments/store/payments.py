"""Payments and their attempts: rows and back, every query."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from common import telemetry
from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from common.money import Money
from payments.domain.attempts import Attempt, AttemptStatus
from payments.domain.payment import Payment, PaymentStatus
from payments.store.tables import attempts, payments

_PLAIN = (
    *("customer_id", "invoice_id", "processor", "attempts", "reference", "is_automatic"),
    *("first_failed_at", "next_attempt_at", "received_at"),
)
_ATTEMPT = ("payment_id", "number", "method_id", "reason", "advice", "called_at")


def _of_row(row: Any) -> Payment:
    return Payment(
        id=row.payment_id,
        amount=Money(row.amount, row.currency),
        fee=Money(row.fee, row.currency),
        refunded=Money(row.refunded, row.currency),
        status=PaymentStatus(row.status),
        **{name: getattr(row, name) for name in _PLAIN},
    )


def _values(payment: Payment) -> dict[str, Any]:
    return {name: getattr(payment, name) for name in _PLAIN} | {
        "amount": payment.amount.amount,
        "currency": payment.amount.currency,
        "fee": payment.fee.amount if payment.fee else Decimal(0),
        "refunded": payment.refunded.amount if payment.refunded else Decimal(0),
        "status": payment.status,
    }


async def add(tx: Tx, organization_id: UUID, payment: Payment) -> None:
    await tx.execute(
        insert(payments).values(organization_id=organization_id, payment_id=payment.id, **_values(payment))
    )


async def get(tx: Tx, payment_id: UUID, *, for_change: bool = False) -> Payment:
    query = select(payments).where(payments.c.payment_id == payment_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no payment {payment_id}.", field="payment_id")
    return _of_row(row)


async def save(tx: Tx, payment: Payment) -> None:
    """Write the payment; its row must have been read for change in this transaction."""
    await tx.execute(update(payments).where(payments.c.payment_id == payment.id).values(**_values(payment)))


async def of_invoice(tx: Tx, invoice_id: UUID) -> list[Payment]:
    """Every payment towards an invoice, oldest first, locked."""
    query = (
        select(payments).where(payments.c.invoice_id == invoice_id).order_by(payments.c.payment_id).with_for_update()
    )
    return [_of_row(row) for row in await tx.execute(query)]


_P = payments.c
LISTING = Listing(
    key=[_P.payment_id],
    sorts={"added": _P.payment_id, "received_at": _P.received_at, "amount": _P.amount, "status": _P.status},
    filters={
        **{name: _P[name].__eq__ for name in ("customer_id", "invoice_id", "currency", "reference")},
        "status": _P.status.in_,
        "method": lambda names: _P.processor.in_(["stripe" if name == "card" else name for name in names]),
        "is_automatic": _P.is_automatic.is_,
        "received_from_at": _P.received_at.__ge__,
        "received_to_at": _P.received_at.__lt__,
        "amount_from": _P.amount.__ge__,
        "amount_to": _P.amount.__le__,
    },
    usual="added",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[Payment]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(payments), wanted)]


async def add_attempt(tx: Tx, organization_id: UUID, customer_id: UUID, attempt: Attempt) -> None:
    """The intent, with the trace it arose in: a webhook that comes later links to it."""
    values = {name: getattr(attempt, name) for name in _ATTEMPT}
    await tx.execute(
        insert(attempts).values(
            organization_id=organization_id,
            customer_id=customer_id,
            status=attempt.status,
            trace=telemetry.inject(),
            **values,
        )
    )


async def save_attempt(tx: Tx, attempt: Attempt) -> None:
    await tx.execute(
        update(attempts)
        .where(attempts.c.payment_id == attempt.payment_id, attempts.c.number == attempt.number)
        .values(status=attempt.status, reason=attempt.reason, advice=attempt.advice, called_at=attempt.called_at)
    )


async def attempts_of(tx: Tx, *payment_ids: UUID) -> list[Attempt]:
    """The attempts of these payments, each payment's in order."""
    chosen = select(attempts).where(attempts.c.payment_id.in_(payment_ids))
    rows = await tx.execute(chosen.order_by(attempts.c.payment_id, attempts.c.number))
    return [
        Attempt(status=AttemptStatus(row.status), **{name: getattr(row, name) for name in _ATTEMPT}) for row in rows
    ]


async def tries_of_invoice(tx: Tx, invoice_id: UUID) -> int:
    """Attempts over all payments of the invoice: what networks count."""
    query = select(func.count()).select_from(attempts.join(payments)).where(payments.c.invoice_id == invoice_id)
    return int((await tx.execute(query)).scalar_one())


async def trace_of(tx: Tx, payment_id: UUID) -> dict[str, str]:
    """Where the newest attempt of the payment arose, as a trace carrier; empty for none."""
    query = (
        select(attempts.c.trace).where(attempts.c.payment_id == payment_id).order_by(attempts.c.number.desc()).limit(1)
    )
    return dict((await tx.execute(query)).scalar() or {})


async def waiting_for_method(tx: Tx, customer_id: UUID) -> list[UUID]:
    """Invoices whose collection failed and is not planned again: a new method revives them."""
    query = select(payments.c.invoice_id).where(
        payments.c.customer_id == customer_id,
        payments.c.status == PaymentStatus.FAILED,
        payments.c.invoice_id.is_not(None),
        payments.c.next_attempt_at.is_(None),
        payments.c.is_automatic,
    )
    return [row.invoice_id for row in await tx.execute(query.distinct())]


async def paid_towards(tx: Tx, invoice_id: UUID, currency: str) -> Money:
    """What our payments brought for the invoice, refunds taken off."""
    query = select(func.coalesce(func.sum(payments.c.amount - payments.c.refunded), 0)).where(
        payments.c.invoice_id == invoice_id, payments.c.status == PaymentStatus.SUCCEEDED
    )
    return Money((await tx.execute(query)).scalar_one(), currency)
