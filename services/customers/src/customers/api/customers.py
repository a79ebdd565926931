"""`/v1/customers`: add, read, change and list the host's customers."""

from typing import Any
from uuid import UUID

from fastapi import Response

from common.db import new_id
from common.http import Caller, IfMatch, Paged, Transaction, allow, etag, new_router, page_of
from common.organizations import business_now
from customers.api.schemas import CustomerAnswer, CustomerChange, CustomerList, NewCustomer
from customers.domain.customer import Customer
from customers.store import customers
from customers.use_cases.change_customer import change_customer
from customers.use_cases.register_customer import register_customer

router = new_router("customers")


@router.post("/v1/customers", status_code=201, **allow("customers.write"))
async def add_customer(tx: Transaction, caller: Caller, body: NewCustomer, response: Response) -> CustomerAnswer:
    """Add a customer. Nothing is sent to them."""
    at = await business_now(tx, caller.organization_id)
    customer = await register_customer(tx, caller.organization_id, Customer(id=new_id(), **body.model_dump()), at=at)
    response.headers.update(etag(customer.version))
    return CustomerAnswer.of(customer, caller)


@router.get("/v1/customers", **allow("customers.read"))
async def list_customers(tx: Transaction, caller: Caller, page: Paged) -> CustomerList:
    """The customers in the order in which they were added."""
    found = await customers.after(tx, page.after, page.limit)
    rows: list[dict[str, Any]] = [CustomerAnswer.of(c, caller).model_dump() for c in found]
    return CustomerList(**page_of(rows, page))


@router.get("/v1/customers/{customer_id}", **allow("customers.read"))
async def read_customer(tx: Transaction, caller: Caller, customer_id: UUID, response: Response) -> CustomerAnswer:
    """One customer."""
    customer = await customers.get(tx, customer_id)
    response.headers.update(etag(customer.version))
    return CustomerAnswer.of(customer, caller)


@router.patch("/v1/customers/{customer_id}", **allow("customers.write"))
async def change(
    tx: Transaction, caller: Caller, customer_id: UUID, body: CustomerChange, version: IfMatch, response: Response
) -> CustomerAnswer:
    """Change some fields of a customer; a change of currency concerns future invoices only (CM-18)."""
    at = await business_now(tx, caller.organization_id)
    customer = await change_customer(tx, caller.organization_id, customer_id, body.changes(), version=version, at=at)
    response.headers.update(etag(customer.version))
    return CustomerAnswer.of(customer, caller)
