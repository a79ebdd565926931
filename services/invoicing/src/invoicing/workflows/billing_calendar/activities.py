"""The billing calendar's activities."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity

from common.clock import local_day
from common.db import Database, Tx
from invoicing.domain.invoice import InvoiceStatus
from invoicing.store import copies
from invoicing.use_cases.bill_cycles import bill_cycles
from invoicing.use_cases.billing_rules import BillingRules, billing_rules
from invoicing.use_cases.mark_overdue import PAGE, mark_overdue, past_due
from invoicing.use_cases.start_run import Wanted, start_run
from invoicing.workflows.billing_run import client
from invoicing.workflows.billing_run.orders import DayOrder, NextDay


class BillingCalendarActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="billing_day")
    async def billing_day(self, order: DayOrder) -> NextDay:
        """Mark what is overdue, invoice prepaid cycles, on the billing day start the run of the ended period.

        Answers when the next day's work is due. Harmless when repeated.
        """
        organization_id = UUID(order.organization_id)
        if order.is_due:
            await self._mark_overdue(organization_id, order.at)
            await self._bill_cycles(organization_id, order.at)
        async with self._database.of(organization_id) as tx:
            rules = await billing_rules(tx, organization_id)
            if order.is_due and rules.preferences.auto_generate:
                await self._begin_run(tx, rules, order)
        return NextDay(rules.preferences.next_after(order.at, rules.host.timezone))

    async def _begin_run(self, tx: Tx, rules: BillingRules, order: DayOrder) -> None:
        """What ended before the organization began here is billed on demand only."""
        today = local_day(order.at, rules.host.timezone)
        period = rules.period_of(today)
        is_first = order.since is not None and order.since >= period.from_at
        if period.first_on == today and not is_first:
            ended = rules.period_of(today - timedelta(days=1))
            organization_id = rules.host.organization_id
            run_id = await start_run(tx, organization_id, Wanted(ended.name), at=order.at)
            await client.begin(tx, organization_id, run_id, at=order.at)

    async def _mark_overdue(self, organization_id: UUID, at: datetime) -> None:
        while True:
            async with self._database.of(organization_id) as tx:
                late = await past_due(tx, organization_id, at=at)
            for invoice_id in late:
                async with self._database.of(organization_id) as tx:
                    await mark_overdue(tx, organization_id, invoice_id, at=at)
            if len(late) < PAGE:
                return

    async def _bill_cycles(self, organization_id: UUID, at: datetime) -> None:
        """Each prepaid contract in a transaction of its own; harmless when repeated."""
        async with self._database.of(organization_id) as tx:
            prepaid, rules = await copies.prepaid_contracts(tx), await billing_rules(tx, organization_id)
        for terms in prepaid if rules.preferences.auto_generate else ():
            async with self._database.of(organization_id) as tx:
                for kept in await bill_cycles(tx, terms, rules, at=at):
                    if kept.status is not InvoiceStatus.HELD:
                        await client.deliver(tx, organization_id, kept.invoice_id, at=at)
