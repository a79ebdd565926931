"""Let a contract rest, and go on: its units are not energized meanwhile, its term runs on.

The facts carry the whole terms, since whole days of rest cost no fixed amount (invoicing).
"""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from contracts.domain.suspension import resumed, suspended
from contracts.store import contracts
from contracts.store.contracts import Kept
from contracts.store.past import Why, keep_version
from contracts.use_cases.announcements import site_names
from contracts.use_cases.terms_on_the_wire import wire_terms
from events.contracts import ContractResumed, ContractSuspended, ContractTerms


async def suspend_contract(
    tx: Tx, organization_id: UUID, contract_id: UUID, reason: str, *, by: str, at: datetime
) -> Kept:
    kept = await contracts.get(tx, contract_id, for_change=True)
    kept = await contracts.save(tx, kept, suspended(kept.contract, at))
    await keep_version(tx, organization_id, kept, Why("suspended", at, reason, by), at=at)
    event = ContractSuspended(
        contract_id=contract_id,
        version=kept.version,
        customer_id=kept.customer_id,
        since_at=at,
        reason=reason,
        terms=await _terms(tx, kept),
    )
    await publish(tx, organization_id, event, at=at, source="contracts")
    return kept


async def resume_contract(tx: Tx, organization_id: UUID, contract_id: UUID, *, by: str, at: datetime) -> Kept:
    kept = await contracts.get(tx, contract_id, for_change=True)
    kept = await contracts.save(tx, kept, resumed(kept.contract, at))
    await keep_version(tx, organization_id, kept, Why("resumed", at, by=by), at=at)
    event = ContractResumed(
        contract_id=contract_id,
        version=kept.version,
        customer_id=kept.customer_id,
        since_at=at,
        terms=await _terms(tx, kept),
    )
    await publish(tx, organization_id, event, at=at, source="contracts")
    return kept


async def _terms(tx: Tx, kept: Kept) -> ContractTerms:
    return wire_terms(kept.contract, await site_names(tx, kept.contract))
