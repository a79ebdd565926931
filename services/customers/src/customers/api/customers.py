"""`/v1/customers`: add, read, change, list, import and merge the host's customers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.db import new_id
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from customers.api.agreements import standings
from customers.api.instants import Instant
from customers.api.schemas import (
    CustomerAnswer,
    CustomerChange,
    CustomerList,
    ImportAnswer,
    Merge,
    NewCustomer,
    Overview,
    Table,
)
from customers.domain.agreement import SignatureState
from customers.domain.customer import Customer, Standing
from customers.store import copies, customers, people, tickets
from customers.use_cases.change_customer import change_customer
from customers.use_cases.import_customers import import_customers
from customers.use_cases.merge_customers import merge_customers
from customers.use_cases.register_customer import register_customer

router = new_router("customers")


class Filter(BaseModel):
    """Which customers; `q` is looked for in names and addresses. Tags, groups and merges are the host's own."""

    q: str | None = Query(None, min_length=1, max_length=100)
    tag: str | None = Query(None, max_length=40)
    group_id: UUID | None = None
    standing: list[Standing] | None = Query(None, max_length=4)
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    has_portal_access: bool | None = None
    on_billing_hold: bool | None = None
    is_merged: bool | None = None
    added_from_at: Instant | None = None
    added_to_at: Instant | None = None


@router.post("/v1/customers", status_code=201, **allow("customers.write"))
async def add_customer(tx: Transaction, caller: Caller, body: NewCustomer, response: Response) -> CustomerAnswer:
    """Add a customer. Nothing is sent to them."""
    at = await business_now(tx, caller.organization_id)
    customer = await register_customer(tx, caller.organization_id, Customer(id=new_id(), **body.fields()), at=at)
    response.headers.update(etag(customer.version))
    return CustomerAnswer.of(customer, caller)


@router.get("/v1/customers", **allow("customers.read"))
async def list_customers(
    tx: Transaction,
    caller: Caller,
    page: Annotated[Page, paged(customers.LISTING)],
    wanted: Annotated[Filter, Query()],
) -> CustomerList:
    """The customers in the order asked for, by default that in which they were added."""
    found = await customers.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [CustomerAnswer.of(c, caller).model_dump() for c in found]
    return CustomerList(**page_of(rows, page))


@router.post("/v1/customers/import", **allow("customers.write"))
async def import_table(tx: Transaction, caller: Caller, body: Table) -> ImportAnswer:
    """Add many customers from a CSV text, all or none; each fault is named by line and field."""
    at = await business_now(tx, caller.organization_id)
    outcome = await import_customers(tx, caller.organization_id, body.csv, dry_run=body.dry_run, at=at)
    return ImportAnswer.of(outcome, dry_run=body.dry_run)


@router.get("/v1/customers/{customer_id}", **allow("customers.read"))
async def read_customer(tx: Transaction, caller: Caller, customer_id: UUID, response: Response) -> CustomerAnswer:
    """One customer."""
    customer = await customers.get(tx, customer_id)
    response.headers.update(etag(customer.version))
    return CustomerAnswer.of(customer, caller)


@router.get("/v1/customers/{customer_id}/overview", **allow("customers.read"))
async def overview(tx: Transaction, caller: Caller, customer_id: UUID) -> Overview:
    """The cards of the customer's page."""
    await customers.get(tx, customer_id)
    cards = await copies.cards(tx, customer_id, await business_now(tx, caller.organization_id))
    wanting = [s for s in await standings(tx, customer_id) if s.is_required and s.state is not SignatureState.SIGNED]
    return Overview(
        **cards,
        open_tickets=await tickets.count_open(tx, customer_id),
        team=len(await people.team_of(tx, customer_id)),
        agreements_to_sign=len(wanting),
    )


@router.patch("/v1/customers/{customer_id}", **allow("customers.write"))
async def change(
    tx: Transaction, caller: Caller, customer_id: UUID, body: CustomerChange, version: IfMatch, response: Response
) -> CustomerAnswer:
    """Change some fields of a customer; a change of currency concerns future invoices only (CM-18)."""
    at = await business_now(tx, caller.organization_id)
    customer = await change_customer(tx, caller.organization_id, customer_id, body.changes(), version=version, at=at)
    response.headers.update(etag(customer.version))
    return CustomerAnswer.of(customer, caller)


@router.post("/v1/customers/{customer_id}/merge", **allow("customers.merge"))
async def merge(tx: Transaction, caller: Caller, customer_id: UUID, body: Merge) -> CustomerAnswer:
    """Give up an account that stands twice; refused while it has contracts, invoices, credit or people."""
    at = await business_now(tx, caller.organization_id)
    kept = await merge_customers(tx, caller.organization_id, customer_id, body.into_customer_id, at=at)
    return CustomerAnswer.of(kept, caller)
