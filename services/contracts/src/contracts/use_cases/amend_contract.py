"""Change a contract in force: rate from an instant on, another end, an extension, renewal (rule 4.6, CB-09, CB-13)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.http import Stale
from contracts.domain.activation import checked_active
from contracts.domain.contract import Contract
from contracts.domain.life import checked_growth
from contracts.store import assignments, contracts
from contracts.store.contracts import Kept
from contracts.store.past import Why, keep_version
from contracts.use_cases.announcements import announce_terms

Change = Callable[[Contract], Contract]


async def amend_contract(
    tx: Tx, organization_id: UUID, contract_id: UUID, change: Change, *, why: Why, at: datetime
) -> Kept:
    """`change` is one of the domain's moves; a contract that grows must not run into another one's units.

    What stood before stays as the version before it.
    """
    kept = await contracts.get(tx, contract_id, for_change=True)
    after = change(checked_active(kept.contract))
    own = [h.assignment for h in await assignments.of_contract(tx, contract_id)]
    unit_ids = [UUID(o.unit_id) for o in own]
    others = [
        h.as_counted
        for h in await assignments.of_units(tx, unit_ids)
        if h.assignment.contract_id != kept.contract.contract_id
    ]
    checked_growth(after, own, others)
    kept = await contracts.save(tx, kept, after)
    await keep_version(tx, organization_id, kept, why, at=at)
    await contracts.last_look_at(tx, contract_id, at)  # reminders of the new terms begin here
    await announce_terms(tx, organization_id, kept, why, at)
    return kept


def checked_version(kept: Kept, version: int) -> None:
    """Refuse a change that was made from an older version."""
    if kept.version != version:
        raise Stale("The contract was changed meanwhile.", field="If-Match", remedy="read it again and repeat")
