"""Where a customer stands: what is overdue, which steps were taken, what the policy says."""

from uuid import UUID

from common.db import Tx
from common.organizations import organization
from revenueguard.domain.dunning_policy import Standing
from revenueguard.store import debts, policies


async def read_standing(tx: Tx, organization_id: UUID, customer_id: UUID) -> Standing:
    owed = await debts.overdue(tx, customer_id)
    delinquency = await debts.delinquency(tx, customer_id)
    steps, _ = await policies.policy(tx)
    return Standing(
        oldest_due_on=owed[0].due_on if owed else None,
        steps_done=list(delinquency.steps_done) if delinquency else [],
        is_default=bool(delinquency and delinquency.is_default),
        steps=list(steps),
        timezone=(await organization(tx, organization_id)).timezone,
    )
