"""The activities of a billing run: each page may be repeated, a customer is billed once."""

from __future__ import annotations

import asyncio
from uuid import UUID

from temporalio import activity

from common.db import Database
from invoicing.store import copies, invoices, runs, usage
from invoicing.use_cases.bill_customer import bill_customer
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.start_run import finish_run
from invoicing.workflows.billing_run.delivery import Delivery
from invoicing.workflows.billing_run.orders import DeliveryOrder, PageDone, Readiness, RunOrder

CUSTOMERS_A_PAGE = 250
MAILS_A_PAGE = 40
MAILS_AT_ONCE = 4
SHARDS = 2
CUSTOMERS_FOR_SHARDS = 500


class BillingRunActivities:
    def __init__(self, database: Database, delivery: Delivery) -> None:
        self._database, self._delivery = database, delivery

    @activity.defn(name="look_at_usage")
    async def look_at_usage(self, order: RunOrder) -> Readiness:
        """Days of the period whose usage is not complete yet; few customers are billed one after the other."""
        organization_id = UUID(order.organization_id)
        async with self._database.of(organization_id) as tx:
            run = await runs.get(tx, UUID(order.run_id))
            period = (await billing_rules(tx, organization_id)).period(run.period)
            missing = await usage.missing_days(tx, period.first_on, period.last_on)
            many = run.customer_id is None and await copies.payer_count(tx) >= CUSTOMERS_FOR_SHARDS
            await runs.note(tx, run.run_id, missing_days=missing, state="waiting" if missing else "billing")
        return Readiness(missing, SHARDS if many else 1)

    @activity.defn(name="bill_page")
    async def bill_page(self, order: RunOrder) -> PageDone:
        """Bill the next customers, each in a transaction of its own."""
        organization_id, run_id = UUID(order.organization_id), UUID(order.run_id)
        async with self._database.of(organization_id) as tx:
            run, rules = await runs.get(tx, run_id), await billing_rules(tx, organization_id)
            after = UUID(order.after) if order.after else None
            page = await copies.payers_after(tx, after, CUSTOMERS_A_PAGE, (order.shard, order.shards))
            page = [run.customer_id] if run.customer_id else page
        for customer_id in page:
            async with self._database.of(organization_id) as tx:
                await bill_customer(tx, run, customer_id, rules, at=order.at)
        is_last = run.customer_id is not None or len(page) < CUSTOMERS_A_PAGE
        return PageDone(None if is_last else str(page[-1]))

    @activity.defn(name="deliver_page")
    async def deliver_page(self, order: RunOrder) -> PageDone:
        """Write and mail the next documents; what was delivered is not delivered again."""
        organization_id, few = UUID(order.organization_id), asyncio.Semaphore(MAILS_AT_ONCE)
        async with self._database.of(organization_id) as tx:
            waiting = await invoices.to_deliver(tx, UUID(order.run_id), MAILS_A_PAGE)

        async def deliver(invoice_id: UUID) -> None:
            async with few:
                await self._delivery.deliver(organization_id, invoice_id, at=order.at)

        await asyncio.gather(*(deliver(invoice_id) for invoice_id in waiting))
        return PageDone(str(waiting[-1]) if len(waiting) == MAILS_A_PAGE else None)

    @activity.defn(name="deliver_invoice")
    async def deliver_invoice(self, order: DeliveryOrder) -> None:
        await self._delivery.deliver(UUID(order.organization_id), UUID(order.invoice_id), at=order.at)

    @activity.defn(name="finish_run")
    async def finish_run(self, order: RunOrder) -> None:
        organization_id = UUID(order.organization_id)
        async with self._database.of(organization_id) as tx:
            await finish_run(tx, organization_id, UUID(order.run_id), at=order.at)
