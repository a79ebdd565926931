"""`/v1/contracts/{id}/...`: what moves a contract in force, each from an instant on; the past stays (rule 4.6)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import Response

from common.clock import day_start
from common.db import Tx
from common.http import Caller, Transaction, allow, new_router
from common.organizations import business_now
from common.outbox import publish
from contracts.api.amendment_schemas import AmendmentIn
from contracts.api.amendments import amended, checked_amendment
from contracts.api.contract_answers import answer
from contracts.api.contract_schemas import ContractAnswer, EndIn, Notice, Suspension, Withdrawal
from contracts.api.price_guard import Guarded, PriceGuard
from contracts.domain.activation import checked_active
from contracts.domain.contract import Contract
from contracts.domain.life import cut_short, extended_by_hand
from contracts.domain.notice import last_day, notice_withdrawn, noticed
from contracts.domain.prices import overridden
from contracts.store import contracts
from contracts.store.contracts import Kept
from contracts.store.past import Why
from contracts.use_cases.amend_contract import Change, amend_contract
from contracts.use_cases.check_issuer import check_issuer
from contracts.use_cases.suspend_contract import resume_contract, suspend_contract
from contracts.workflows.contract_term import client
from events.contracts import ContractNoticeGiven

router = new_router("contracts")


@dataclass(frozen=True, slots=True)
class _Act:
    """What is done; without an instant it holds from now on."""

    name: str
    effective_at: datetime | None = None
    reason: str = ""


async def _moved(tx: Tx, caller: Caller, contract_id: UUID, change: Change, act: _Act) -> Kept:
    """Carried out, noted, and told to the contract's term."""
    at = await business_now(tx, caller.organization_id)
    said = Why(act.name, act.effective_at or at, act.reason, caller.subject)
    kept = await amend_contract(tx, caller.organization_id, contract_id, change, why=said, at=at)
    await client.tell(tx, caller.organization_id, contract_id, at=at, reason="amended")
    return kept


async def _repriced(tx: Tx, guard: PriceGuard, contract_id: UUID, change: Change, act: _Act) -> Kept:
    """Likewise; where it leaves another price, by whoever may set prices."""
    before = checked_active((await contracts.get(tx, contract_id, for_change=True)).contract)
    await guard.check(is_own=bool(overridden(before, change(before))))
    return await _moved(tx, guard.caller, contract_id, change, act)


@router.post("/v1/contracts/{contract_id}/amend", **allow("contracts.write"))
async def amend(
    tx: Transaction, guard: Guarded, contract_id: UUID, body: AmendmentIn, response: Response
) -> ContractAnswer:
    """New terms from an instant on; lines split where a rate changes. The past is never rewritten.

    Another price (of energy, failover, a unit, a site, a fee, an extra) needs `rates.override` too, which an
    organization may put under four eyes.
    """
    checked_amendment(body)
    await check_issuer(tx, body.issuing_entity_id)
    act = _Act("amended", body.effective_at, body.reason)
    kept = await _repriced(tx, guard, contract_id, lambda contract: amended(contract, body), act)
    return await answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/end", **allow("contracts.write"))
async def end(tx: Transaction, guard: Guarded, contract_id: UUID, body: EndIn, response: Response) -> ContractAnswer:
    """Set the last day that counts; on the day after it the contract is over and its units are released.

    To waive the fee of an early end needs `rates.override`, as another price does.
    """
    zone = (await contracts.get(tx, contract_id)).contract.timezone

    def cut(contract: Contract) -> Contract:
        return cut_short(contract, body.end_on, body.reason, waive_fee=body.waive_exit_fee)

    act = _Act("end_set", day_start(body.end_on, zone), body.reason)
    return await answer(tx, await _repriced(tx, guard, contract_id, cut, act), response)


@router.post("/v1/contracts/{contract_id}/extend", **allow("contracts.write"))
async def extend(tx: Transaction, caller: Caller, contract_id: UUID, response: Response) -> ContractAnswer:
    """Extend a lease by its term, as often as was agreed (CB-13)."""
    kept = await _moved(tx, caller, contract_id, extended_by_hand, _Act("extended"))
    return await answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/notice", **allow("contracts.write"))
async def notice(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Notice, response: Response
) -> ContractAnswer:
    """Give notice, so that the contract does not renew, or ends where it has no end (CB-09)."""
    act = _Act("notice_given")
    kept = await _moved(tx, caller, contract_id, lambda contract: noticed(contract, body.given_on), act)
    event = ContractNoticeGiven(
        contract_id=contract_id,
        version=kept.version,
        customer_id=kept.customer_id,
        given_on=body.given_on,
        ends_on=last_day(kept.contract),
    )
    at = await business_now(tx, caller.organization_id)
    await publish(tx, caller.organization_id, event, at=at, source="contracts")
    return await answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/notice/withdraw", **allow("contracts.write"))
async def withdraw(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Withdrawal, response: Response
) -> ContractAnswer:
    """Take a notice back while its window is open."""
    act = _Act("notice_withdrawn")
    kept = await _moved(tx, caller, contract_id, lambda contract: notice_withdrawn(contract, body.on), act)
    return await answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/suspend", **allow("contracts.write"))
async def suspend(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Suspension, response: Response
) -> ContractAnswer:
    """Let a contract rest: its units are not to be energized. Its term runs on, and what they use is billed all the
    same; whole days of rest cost no fixed amount and no minimum."""
    at = await business_now(tx, caller.organization_id)
    kept = await suspend_contract(tx, caller.organization_id, contract_id, body.reason, by=caller.subject, at=at)
    return await answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/resume", **allow("contracts.write"))
async def resume(tx: Transaction, caller: Caller, contract_id: UUID, response: Response) -> ContractAnswer:
    """Let a suspended contract go on."""
    at = await business_now(tx, caller.organization_id)
    kept = await resume_contract(tx, caller.organization_id, contract_id, by=caller.subject, at=at)
    return await answer(tx, kept, response)
