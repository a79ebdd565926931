"""Payment methods and the customers behind them at the processors: rows and back, every query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from payments.domain.methods import MethodStatus, PaymentMethod
from payments.store.tables import payment_methods, processor_customers

_FIELDS = [
    *("customer_id", "processor", "reference", "kind", "label", "fingerprint", "is_auto_pay", "status", "version"),
]


def _of_row(row: Any) -> PaymentMethod:
    values = {name: getattr(row, name) for name in _FIELDS} | {"status": MethodStatus(row.status)}
    return PaymentMethod(id=row.method_id, **values)


def _values(method: PaymentMethod) -> dict[str, Any]:
    return {name: getattr(method, name) for name in _FIELDS}


async def add(tx: Tx, organization_id: UUID, method: PaymentMethod, request_hash: str) -> None:
    values = _values(method) | {"organization_id": organization_id, "method_id": method.id}
    await tx.execute(insert(payment_methods).values(request_hash=request_hash, **values))


async def request_hash(tx: Tx, method_id: UUID) -> str | None:
    """Of the request that saved this method; none if it was not saved yet."""
    query = select(payment_methods.c.request_hash).where(payment_methods.c.method_id == method_id)
    found: str | None = (await tx.execute(query)).scalar()
    return found


async def get(tx: Tx, method_id: UUID, *, for_change: bool = False) -> PaymentMethod:
    """The method; another customer's looks like none to a portal caller, another organization's to everyone."""
    found = await find(tx, method_id, for_change=for_change)
    if found is None:
        raise NotFound(f"There is no payment method {method_id}.", field="method_id")
    return found


async def find(tx: Tx, method_id: UUID, *, for_change: bool = False) -> PaymentMethod | None:
    query = select(payment_methods).where(payment_methods.c.method_id == method_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    return _of_row(row) if row else None


async def save(tx: Tx, method: PaymentMethod) -> None:
    """Write a change made from the version before; another change in between is refused."""
    done = await tx.execute(
        update(payment_methods)
        .where(payment_methods.c.method_id == method.id, payment_methods.c.version == method.version - 1)
        .values(**_values(method))
    )
    if done.rowcount != 1:
        raise Stale("The payment method was changed meanwhile.", remedy="read it again and repeat the change")


async def of_customer(tx: Tx, customer_id: UUID, *, for_change: bool = False) -> list[PaymentMethod]:
    """Methods that were not removed, oldest first."""
    query = (
        select(payment_methods)
        .where(payment_methods.c.customer_id == customer_id, payment_methods.c.status != MethodStatus.REMOVED)
        .order_by(payment_methods.c.method_id)
    )
    return [_of_row(row) for row in await tx.execute(query.with_for_update() if for_change else query)]


_M = payment_methods.c
LISTING = Listing(
    key=[_M.method_id],
    sorts={"added": _M.created_at, "label": func.lower(_M.label), "kind": _M.kind},
    filters={
        **{name: _M[name].__eq__ for name in ("customer_id", "kind", "processor")},
        "is_auto_pay": _M.is_auto_pay.is_,
        "status": _M.status.in_,
    },
    usual="added",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[PaymentMethod]:
    """Those that are wanted and were not removed, in the order asked for."""
    query = select(payment_methods).where(_M.status != MethodStatus.REMOVED)
    return [_of_row(row) for row in await page.read(tx, query, wanted)]


async def customer_reference(tx: Tx, customer_id: UUID, processor: str) -> str | None:
    """The processor's name for the customer; none before the first method is saved."""
    query = select(processor_customers.c.reference).where(
        processor_customers.c.customer_id == customer_id, processor_customers.c.processor == processor
    )
    found: str | None = (await tx.execute(query)).scalar()
    return found


async def keep_customer_reference(
    tx: Tx, organization_id: UUID, customer_id: UUID, processor: str, reference: str
) -> None:
    """The first reference wins: two calls at once must not split a customer in two."""
    await tx.execute(
        upsert(processor_customers)
        .values(organization_id=organization_id, customer_id=customer_id, processor=processor, reference=reference)
        .on_conflict_do_nothing()
    )
