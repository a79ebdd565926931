"""The term workflow's one activity."""

from uuid import UUID

from temporalio import activity

from common.db import Database
from contracts.use_cases.reach_end import reach_end
from contracts.workflows.contract_term.orders import TermAnswer, TermOrder
from contracts.workflows.reminder_mail import client


class ContractTermActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="reach_end")
    async def reach_end(self, order: TermOrder) -> TermAnswer:
        """Remind, and end or renew the contract if its end has come; harmless when repeated."""
        organization_id = UUID(order.organization_id)
        async with self._database.of(organization_id) as tx:
            state = await reach_end(tx, organization_id, UUID(order.contract_id), at=order.at)
            for reminder_id in state.reminders:
                await client.begin(tx, organization_id, reminder_id, at=order.at)
        return TermAnswer(state.is_over, state.next_at)
