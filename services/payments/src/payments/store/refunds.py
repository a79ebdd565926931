"""Refunds: rows and back, every query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from common.money import Money
from payments.domain.refunds import Refund, RefundStatus
from payments.store.tables import refunds

_PLAIN = ("payment_id", "customer_id", "reason", "requested_by", "failure")


def _of_row(row: Any) -> Refund:
    values = {name: getattr(row, name) for name in _PLAIN}
    return Refund(id=row.refund_id, amount=Money(row.amount, row.currency), status=RefundStatus(row.status), **values)


async def add(tx: Tx, organization_id: UUID, refund: Refund) -> None:
    await tx.execute(
        insert(refunds).values(
            organization_id=organization_id,
            refund_id=refund.id,
            amount=refund.amount.amount,
            currency=refund.amount.currency,
            status=refund.status,
            **{name: getattr(refund, name) for name in _PLAIN},
        )
    )


async def save(tx: Tx, refund: Refund) -> None:
    await tx.execute(
        update(refunds).where(refunds.c.refund_id == refund.id).values(status=refund.status, failure=refund.failure)
    )


async def of_payment(tx: Tx, payment_id: UUID, *, for_change: bool = False) -> list[Refund]:
    """Refunds of a payment, oldest first."""
    query = select(refunds).where(refunds.c.payment_id == payment_id).order_by(refunds.c.refund_id)
    return [_of_row(row) for row in await tx.execute(query.with_for_update() if for_change else query)]
