"""`/v1/payment-methods`: save a card, list, switch auto-pay, remove."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from common.auth import Principal
from common.db import Database, Tx
from common.errors import NotFound, RuleBroken, Unavailable
from common.http import Caller, IfMatch, KeyReused, OwnDatabase, Stale, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from payments.api.schemas import MethodAnswer, MethodChange, MethodList, NewMethod
from payments.domain.declines import shown_reason
from payments.domain.methods import MethodStatus, PaymentMethod
from payments.gateways.processor import PaymentProcessor, ProcessorRefused, ProcessorSilent
from payments.store import methods
from payments.use_cases.introduce_customer import introduce_customer
from payments.use_cases.remove_method import remove_method
from payments.use_cases.save_method import invoices_to_revive, save_method, set_auto_pay
from payments.workflows.autopay import client as autopay

router = new_router("payment methods")
_NAMESPACE = UUID("7f5f0a52-5f0e-5b7e-9a5e-0b1d7a5e2c11")


class Filter(BaseModel):
    """Which methods."""

    customer_id: UUID | None = None
    kind: str | None = Query(None, max_length=40)
    processor: str | None = Query(None, max_length=40)
    status: list[MethodStatus] | None = Query(None, max_length=5)
    is_auto_pay: bool | None = None


class MethodRefused(RuleBroken):
    """The processor or the bank will not have this card kept."""

    code = "method_refused"


def _processor(request: Request) -> PaymentProcessor:
    return request.app.state.processor  # type: ignore[no-any-return]


Processor = Annotated[PaymentProcessor, Depends(_processor)]
Key = Annotated[str, Header(alias="Idempotency-Key")]


@router.post("/v1/payment-methods", status_code=201, **allow("payment_methods.write", transaction=False))
async def add_method(
    request: Request, database: OwnDatabase, caller: Caller, processor: Processor, body: NewMethod, key: Key = ""
) -> MethodAnswer:
    """Save a card for charges without the customer present. Repeating the call with its key saves it once."""
    method_id = uuid5(_NAMESPACE, f"{caller.organization_id}/{caller.subject}/{key}")
    digest = hashlib.sha256(await request.body()).hexdigest()
    async with database.transaction(caller.tenant) as tx:
        earlier = await methods.request_hash(tx, method_id)
        if earlier is not None and earlier != digest:
            raise KeyReused("This Idempotency-Key was used for another request.", field="Idempotency-Key")
        if earlier is not None:
            return MethodAnswer.of(await methods.get(tx, method_id))
    saved = await _saved(database, caller, processor, body, method_id)
    async with database.transaction(caller.tenant) as tx:
        at = await business_now(tx, caller.organization_id)
        method = await save_method(tx, caller.organization_id, saved, digest, at=at)
        await _revived(tx, caller.organization_id, method)
    return MethodAnswer.of(method)


async def _saved(
    database: Database, caller: Principal, processor: PaymentProcessor, body: NewMethod, method_id: UUID
) -> PaymentMethod:
    try:
        customer = await _introduced(database, caller, processor, body.customer_id)
        kept = await processor.save(customer, body.token, key=f"method/{method_id}")
    except ProcessorRefused as refused:
        raise MethodRefused(
            f"The card cannot be saved: {shown_reason(refused.reason)}.", field="token", remedy="another card"
        ) from refused
    except ProcessorSilent as silent:
        raise Unavailable("The card processor does not answer; repeat the call with the same key.") from silent
    return PaymentMethod(
        id=method_id,
        customer_id=body.customer_id,
        processor=processor.name,
        reference=kept.reference,
        kind=kept.kind,
        label=kept.label,
        fingerprint=kept.fingerprint,
        is_auto_pay=body.auto_pay,
    )


async def _introduced(database: Database, caller: Principal, processor: PaymentProcessor, customer_id: UUID) -> str:
    """A customer who was registered a moment ago may not have arrived here yet: staff wait a little for them."""
    for _ in range(0 if caller.customer_id else 20):
        try:
            return await introduce_customer(database, processor, caller.tenant, customer_id)
        except NotFound:
            await asyncio.sleep(0.1)
    return await introduce_customer(database, processor, caller.tenant, customer_id)


async def _revived(tx: Tx, organization_id: UUID, method: PaymentMethod) -> None:
    at = await business_now(tx, organization_id)
    for invoice_id in await invoices_to_revive(tx, method):
        await autopay.revive(tx, organization_id, invoice_id, at=at)


@router.get("/v1/payment-methods", **allow("payment_methods.read"))
async def list_methods(
    tx: Transaction, page: Annotated[Page, paged(methods.LISTING)], wanted: Annotated[Filter, Query()]
) -> MethodList:
    """The saved methods that were not removed, usually in the order in which they were saved."""
    found = await methods.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [MethodAnswer.of(m).model_dump() for m in found]
    return MethodList(**page_of(rows, page))


@router.get("/v1/payment-methods/{method_id}", **allow("payment_methods.read"))
async def read_method(tx: Transaction, method_id: UUID, response: Response) -> MethodAnswer:
    """One method."""
    method = await methods.get(tx, method_id)
    response.headers.update(etag(method.version))
    return MethodAnswer.of(method)


@router.patch("/v1/payment-methods/{method_id}", **allow("payment_methods.write"))
async def change_method(
    tx: Transaction, caller: Caller, method_id: UUID, body: MethodChange, version: IfMatch, response: Response
) -> MethodAnswer:
    """Switch auto-pay on or off (CB-82)."""
    method = await methods.get(tx, method_id, for_change=True)
    if method.version != version:
        raise Stale("The method was changed meanwhile.", field="If-Match", remedy="read it again")
    at = await business_now(tx, caller.organization_id)
    changed = await set_auto_pay(tx, caller.organization_id, method, is_auto_pay=body.auto_pay, at=at)
    await _revived(tx, caller.organization_id, changed)
    response.headers.update(etag(changed.version))
    return MethodAnswer.of(changed)


@router.delete("/v1/payment-methods/{method_id}", status_code=204, **allow("payment_methods.write", transaction=False))
async def delete_method(database: OwnDatabase, caller: Caller, processor: Processor, method_id: UUID) -> None:
    """Remove a method: not charged any more from now on, then forgotten by the processor too."""
    async with database.transaction(caller.tenant) as tx:
        at = await business_now(tx, caller.organization_id)
        method = await remove_method(tx, caller.organization_id, method_id, MethodStatus.REMOVED, at=at)
    try:
        await processor.remove(method.reference)
    except ProcessorSilent as silent:
        raise Unavailable("The method is removed here; the processor does not answer, repeat the call.") from silent
