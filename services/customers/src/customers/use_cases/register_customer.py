"""Open a customer's account (CM-02, CM-04). Creating sends nothing to the customer."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from customers.domain.customer import Customer
from customers.store import copies, customers
from customers.use_cases.announce import facts
from events.customers import CustomerRegistered


async def register_customer(tx: Tx, organization_id: UUID, customer: Customer, *, at: datetime) -> Customer:
    await copies.check_issuer(tx, customer.issuing_entity_id)
    await customers.add(tx, organization_id, customer)
    await publish(tx, organization_id, CustomerRegistered(**facts(customer)), at=at, source="customers")
    return customer
