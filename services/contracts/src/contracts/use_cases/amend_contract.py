"""Change a contract in force: rate from an instant on, another end, an extension, renewal (rule 4.6, CB-09, CB-13)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.http import Stale
from contracts.domain.activation import OutletMissing, checked_active
from contracts.domain.contract import Contract
from contracts.domain.life import checked_growth
from contracts.store import assignments, contracts, places
from contracts.store.contracts import Kept
from contracts.store.past import Why, keep_version
from contracts.use_cases.announcements import announce_terms
from contracts.use_cases.check_issuer import check_one_issuer

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
    await check_one_issuer(tx, after)
    await _check_fed(tx, kept.contract, after, unit_ids)
    kept = await contracts.save(tx, kept, after)
    await keep_version(tx, organization_id, kept, why, at=at)
    await contracts.last_look_at(tx, contract_id, at)  # reminders of the new terms begin here
    await announce_terms(tx, organization_id, kept, why, at)
    return kept


async def _check_fed(tx: Tx, before: Contract, after: Contract, unit_ids: list[UUID]) -> None:
    """By meter alone from now on: every unit needs an outlet, as at activation (CB-32)."""
    if before.needs_meter or not after.needs_meter:
        return
    fed = await places.fed_units(tx, unit_ids)
    for unit_id in unit_ids:
        if str(unit_id) not in fed:
            raise OutletMissing(
                f"Unit {unit_id} is fed by no outlet, and the contract would be billed by meter alone.",
                field="billing_methods",
                remedy="map an outlet to it, or keep hash or calculated as a second method",
            )


def checked_version(kept: Kept, version: int) -> None:
    """Refuse a change that was made from an older version."""
    if kept.version != version:
        raise Stale("The contract was changed meanwhile.", field="If-Match", remedy="read it again and repeat")
