"""A look at a contract's term: reminders that fall due, then its end, or one term more (CB-09, CB-12)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from contracts.domain.contract import RUNNING, ContractState
from contracts.domain.life import at_end
from contracts.domain.reminders import due_between, next_look_at
from contracts.store import assignments, contracts, papers
from contracts.store.assignments import Held
from contracts.store.contracts import Kept
from contracts.store.past import Why, keep_version
from contracts.use_cases.agree_charges import settle_at_end
from contracts.use_cases.announcements import announce_release, announce_terms
from events.contracts import ContractEnded, ContractReminded


@dataclass(frozen=True, slots=True)
class TermState:
    """What the term workflow needs to know: is it over, when to look again, and which reminders are to be mailed."""

    is_over: bool
    next_at: datetime | None
    reminders: tuple[UUID, ...] = ()


async def reach_end(tx: Tx, organization_id: UUID, contract_id: UUID, *, at: datetime) -> TermState:
    """Nothing happens where the end has moved on meanwhile, or was reached before."""
    kept = await contracts.get(tx, contract_id, for_change=True)
    told = await _remind(tx, organization_id, kept, at)
    end_at = kept.contract.to_at
    if kept.contract.state not in RUNNING or end_at is None or at < end_at:
        return TermState(kept.contract.state is ContractState.ENDED, next_look_at(kept.contract, at), told)
    after = await contracts.save(tx, kept, at_end(kept.contract, at))
    is_over = after.contract.state is ContractState.ENDED
    why = Why("ended" if is_over else "renewed", end_at)
    await keep_version(tx, organization_id, after, why, at=at)
    if not is_over:
        await announce_terms(tx, organization_id, after, why, at)
        return TermState(False, next_look_at(after.contract, at), told)
    await _end(tx, organization_id, after, end_at, at)
    return TermState(True, end_at, told)


async def _remind(tx: Tx, organization_id: UUID, kept: Kept, at: datetime) -> tuple[UUID, ...]:
    """Told once each; those of before the last look are over, whoever moved the end meanwhile."""
    since = await contracts.last_look_at(tx, kept.contract_id, at)
    made = []
    for one in due_between(kept.contract, since or at, at):
        whose = kept.contract_id, kept.customer_id
        reminder_id = await papers.note_reminder(tx, organization_id, whose, one, at=at)
        if reminder_id is not None:
            event = ContractReminded(
                contract_id=kept.contract_id,
                customer_id=kept.customer_id,
                about=one.about.value,
                due_on=one.due_on,
                days_before=one.days_before,
            )
            await publish(tx, organization_id, event, at=one.at, source="contracts")
            made.append(reminder_id)
    return tuple(made)


async def _end(tx: Tx, organization_id: UUID, after: Kept, end_at: datetime, at: datetime) -> None:
    for held in await assignments.of_contract(tx, after.contract_id):
        if held.assignment.to_at is None or held.assignment.to_at > end_at:
            over_at = max(end_at, held.assignment.from_at)  # one that would have begun later never does
            await assignments.save(tx, Held(held.assignment_id, held.customer_id, held.assignment, over_at))
            await announce_release(tx, organization_id, held, over_at, at=at)
    early = after.contract.early_end
    event = ContractEnded(
        contract_id=after.contract_id,
        version=after.version,
        customer_id=after.customer_id,
        end_at=end_at,
        reason=(early.reason if early is not None else "") or "term over",
    )
    await publish(tx, organization_id, event, at=at, source="contracts")
    await settle_at_end(tx, organization_id, after.contract, at=at)
