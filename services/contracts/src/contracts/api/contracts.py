"""`/v1/contracts`: from the draft to the end (CB-26 to CB-47)."""

from typing import Any
from uuid import UUID

from fastapi import Response

from common.clock import day_start
from common.db import Tx, new_id
from common.http import Caller, IfMatch, Paged, Transaction, allow, etag, new_router, page_of
from common.money import decimal_of
from common.organizations import business_now, organization
from contracts.api.agreed_terms import Defaults, contract_of
from contracts.api.contract_schemas import (
    Activation,
    AmendmentIn,
    ContractAnswer,
    ContractFields,
    ContractList,
    EndIn,
    Notice,
    Reservations,
)
from contracts.domain.contract import ContractState
from contracts.domain.escalators import Amendment
from contracts.domain.life import extended_by_hand, with_end_on, with_rate, with_renewal
from contracts.domain.rates import rate_of
from contracts.domain.renewal import AutoRenewal, give_notice
from contracts.store import assignments, contracts, places
from contracts.store.contracts import Kept
from contracts.use_cases.activate_contract import activate_contract
from contracts.use_cases.amend_contract import Change, amend_contract, checked_version
from contracts.use_cases.announcements import site_names
from contracts.use_cases.draft_contract import change_draft, draft_contract, reserve_units
from contracts.use_cases.terms_on_the_wire import wire_terms
from contracts.workflows.contract_term import client

router = new_router("contracts")


async def _answer(tx: Tx, kept: Kept, response: Response | None = None) -> ContractAnswer:
    contract = kept.contract
    if contract.state is ContractState.DRAFT:
        unit_ids = await assignments.reserved_units(tx, kept.contract_id)
    else:
        unit_ids = [UUID(h.assignment.unit_id) for h in await assignments.of_contract(tx, kept.contract_id)]
    terms = wire_terms(contract).model_dump(mode="json", exclude={"number", "customer_id"})
    if response is not None:
        response.headers.update(etag(kept.version))
    return ContractAnswer(
        id=kept.contract_id,
        number=contract.number,
        reference=kept.reference,
        customer_id=kept.customer_id,
        type=contract.type,
        state=contract.state.value,
        plan=contract.plan,
        currency=contract.currency,
        start_on=contract.tenure.start_on,
        end_on=contract.tenure.end_on,
        end_overridden=contract.tenure.end_overridden,
        start_at=contract.from_at,
        end_at=contract.to_at,
        terms=terms,
        unit_ids=unit_ids,
        version=kept.version,
    )


async def _defaults(tx: Tx, organization_id: UUID, fields: ContractFields) -> Defaults:
    host = await organization(tx, organization_id)
    customer = await places.customer(tx, fields.customer_id)
    rate = host.default_rate_per_kwh
    return Defaults(customer.currency or host.currency, host.timezone, decimal_of(rate) if rate is not None else None)


@router.post("/v1/contracts", status_code=201, **allow("contracts.write"))
async def draft(tx: Transaction, caller: Caller, body: ContractFields, response: Response) -> ContractAnswer:
    """Draft a contract. Blank rate and currency are copied from the defaults, and then stand on their own."""
    contract = contract_of(new_id(), body, await _defaults(tx, caller.organization_id, body))
    await site_names(tx, contract)
    kept = await draft_contract(tx, caller.organization_id, contract, body.reference)
    return await _answer(tx, kept, response)


@router.get("/v1/contracts", **allow("contracts.read"))
async def list_contracts(
    tx: Transaction, page: Paged, customer_id: UUID | None = None, state: ContractState | None = None
) -> ContractList:
    """Contracts, of a customer or in a state where one is named."""
    found = await contracts.page(tx, page.after, page.limit, customer_id=customer_id, state=state)
    rows: list[dict[str, Any]] = [(await _answer(tx, kept)).model_dump() for kept in found]
    return ContractList(**page_of(rows, page))


@router.get("/v1/contracts/{contract_id}", **allow("contracts.read"))
async def read(tx: Transaction, contract_id: UUID, response: Response) -> ContractAnswer:
    """One contract."""
    return await _answer(tx, await contracts.get(tx, contract_id), response)


@router.put("/v1/contracts/{contract_id}", **allow("contracts.write"))
async def change(
    tx: Transaction, caller: Caller, contract_id: UUID, body: ContractFields, version: IfMatch, response: Response
) -> ContractAnswer:
    """Write a draft anew; an active contract is amended instead."""
    kept = await contracts.get(tx, contract_id, for_change=True)
    checked_version(kept, version)
    after = contract_of(contract_id, body, await _defaults(tx, caller.organization_id, body))
    return await _answer(tx, await change_draft(tx, kept, after), response)


@router.put("/v1/contracts/{contract_id}/units", **allow("contracts.write"))
async def reserve(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Reservations, version: IfMatch, response: Response
) -> ContractAnswer:
    """Reserve units for a draft, in place of those before (X1)."""
    at = await business_now(tx, caller.organization_id)
    kept = await contracts.get(tx, contract_id, for_change=True)
    checked_version(kept, version)
    kept = await reserve_units(tx, caller.organization_id, kept, body.unit_ids, at=at)
    return await _answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/activate", **allow("contracts.activate"))
async def activate(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Activation, response: Response
) -> ContractAnswer:
    """Activate a draft: it gets its number, its reservations become assignments (CB-40, CB-41)."""
    at = await business_now(tx, caller.organization_id)
    begins = {b.unit_id: b.from_at for b in body.assignments}
    kept = await activate_contract(tx, caller.organization_id, contract_id, begins, at=at)
    await client.begin(tx, caller.organization_id, contract_id, at=at)
    return await _answer(tx, kept, response)


async def _amended(tx: Tx, caller: Caller, contract_id: UUID, change: Change, effective_at: Any = None) -> Kept:
    at = await business_now(tx, caller.organization_id)
    kept = await amend_contract(tx, caller.organization_id, contract_id, change, effective_at=effective_at or at, at=at)
    await client.tell(tx, caller.organization_id, contract_id, at=at, reason="amended")
    return kept


@router.post("/v1/contracts/{contract_id}/amend", **allow("contracts.write"))
async def amend(
    tx: Transaction, caller: Caller, contract_id: UUID, body: AmendmentIn, response: Response
) -> ContractAnswer:
    """A new rate from an instant on; lines split there (rule 4.6). The past is never rewritten."""
    currency = (await contracts.get(tx, contract_id)).contract.currency
    amendment = Amendment(body.effective_at, rate_of(body.rate_per_kwh, currency))
    kept = await _amended(tx, caller, contract_id, lambda c: with_rate(c, amendment), body.effective_at)
    return await _answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/end", **allow("contracts.write"))
async def end(tx: Transaction, caller: Caller, contract_id: UUID, body: EndIn, response: Response) -> ContractAnswer:
    """Set the last day that counts; on the day after it the contract is over and its units are released."""
    zone = (await contracts.get(tx, contract_id)).contract.timezone
    kept = await _amended(
        tx, caller, contract_id, lambda c: with_renewal(with_end_on(c, body.end_on), None), day_start(body.end_on, zone)
    )
    return await _answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/extend", **allow("contracts.write"))
async def extend(tx: Transaction, caller: Caller, contract_id: UUID, response: Response) -> ContractAnswer:
    """Extend a lease by its term, as often as was agreed (CB-13)."""
    return await _answer(tx, await _amended(tx, caller, contract_id, extended_by_hand), response)


@router.post("/v1/contracts/{contract_id}/notice", **allow("contracts.write"))
async def notice(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Notice, response: Response
) -> ContractAnswer:
    """Give notice, so that the contract does not renew (CB-09)."""
    kept = await _amended(
        tx,
        caller,
        contract_id,
        lambda c: with_renewal(c, give_notice(c.auto_renewal or AutoRenewal(), body.given_on)),
    )
    return await _answer(tx, kept, response)
