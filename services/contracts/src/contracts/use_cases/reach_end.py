"""A contract's end instant has come: one term longer where it renews, else it is over (CB-09, CB-12)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from contracts.domain.contract import ContractState
from contracts.domain.life import at_end
from contracts.store import assignments, contracts
from contracts.store.assignments import Held
from contracts.use_cases.announcements import announce_release, announce_terms
from events.contracts import ContractEnded


@dataclass
class TermState:
    """What the term workflow needs to know: whether the contract still runs, and when it would end."""

    is_over: bool
    end_at: datetime | None


async def read_term(tx: Tx, contract_id: UUID) -> TermState:
    contract = (await contracts.get(tx, contract_id)).contract
    return TermState(contract.state is ContractState.ENDED, contract.to_at)


async def reach_end(tx: Tx, organization_id: UUID, contract_id: UUID, *, at: datetime) -> TermState:
    """Nothing happens where the end has moved on meanwhile, or was reached before."""
    kept = await contracts.get(tx, contract_id, for_change=True)
    end_at = kept.contract.to_at
    if kept.contract.state is not ContractState.ACTIVE or end_at is None or at < end_at:
        return TermState(kept.contract.state is ContractState.ENDED, end_at)
    after = await contracts.save(tx, kept, at_end(kept.contract, at))
    if after.contract.state is ContractState.ACTIVE:
        await announce_terms(tx, organization_id, after, end_at, at)
        return TermState(False, after.contract.to_at)
    for held in await assignments.of_contract(tx, contract_id):
        if held.assignment.to_at is None or held.assignment.to_at > end_at:
            await assignments.save(tx, Held(held.assignment_id, held.customer_id, held.assignment, end_at))
            await announce_release(tx, organization_id, held, end_at, at)
    event = ContractEnded(
        contract_id=contract_id, version=after.version, customer_id=kept.customer_id, end_at=end_at, reason="term over"
    )
    await publish(tx, organization_id, event, at=at, source="contracts")
    return TermState(True, end_at)
