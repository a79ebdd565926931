"""A customer becomes known to a processor when their first method is saved."""

from __future__ import annotations

import hashlib
from uuid import UUID

from common.db import Database, Tenant
from payments.gateways.processor import PaymentProcessor
from payments.store import invoices, methods


async def introduce_customer(database: Database, processor: PaymentProcessor, tenant: Tenant, customer_id: UUID) -> str:
    """The processor's reference of the customer. The processor is called between two transactions."""
    async with database.transaction(tenant) as tx:
        name = await invoices.customer_name(tx, customer_id)
        known = await methods.customer_reference(tx, customer_id, processor.name)
    if known is not None:
        return known
    assert tenant.organization_id is not None
    labels = {"organization_id": str(tenant.organization_id), "customer_id": str(customer_id)}
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    made = await processor.register(name, labels=labels, key=f"customer/{customer_id}/{digest}")
    async with database.transaction(tenant) as tx:
        await methods.keep_customer_reference(tx, tenant.organization_id, customer_id, processor.name, made)
        return await methods.customer_reference(tx, customer_id, processor.name) or made
