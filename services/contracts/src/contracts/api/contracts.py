"""`/v1/contracts`: from the first step of the wizard to the activation (CB-26 to CB-47)."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.clock import local_day
from common.db import Tx, new_id
from common.errors import RuleBroken
from common.http import Caller, IfMatch, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from common.money import decimal_of
from common.organizations import business_now, organization
from contracts.api.agreed_terms import Defaults, contract_of
from contracts.api.contract_answers import answer
from contracts.api.contract_schemas import (
    Activation,
    ContractAnswer,
    ContractFields,
    ContractList,
    DefaultsAnswer,
    Problem,
    Reservations,
    ValidationAnswer,
)
from contracts.api.price_guard import Guarded
from contracts.domain.contract import MAY_RENEW, TAKES_UNITS, ContractState, ContractType
from contracts.domain.extensions import DEFAULT_LIMIT
from contracts.domain.prices import own_rate
from contracts.domain.pricing import Method, Plan
from contracts.domain.rates import starting_rate
from contracts.domain.renewal import DEFAULT_NOTICE_DAYS
from contracts.domain.terms import TermKind
from contracts.store import contracts, places
from contracts.use_cases.activate_contract import activate_contract
from contracts.use_cases.amend_contract import checked_version
from contracts.use_cases.announcements import site_names
from contracts.use_cases.check_issuer import check_issuer
from contracts.use_cases.draft_contract import change_draft, draft_contract, reserve_units
from contracts.use_cases.validate_draft import validate_draft
from contracts.workflows.contract_term import client

router = new_router("contracts")
Step = Literal["terms", "equipment", "activation"]


async def _defaults(
    tx: Tx, organization_id: UUID, customer_id: UUID, site_id: UUID | None, currency: str | None = None
) -> tuple[Defaults, Any]:
    """What a draft begins with, and the site's own rate: organization, site, contract, the last one stands.

    Rates of sites and organization are in the host's currency, and are none for a contract in another.
    """
    host = await organization(tx, organization_id)
    customer = await places.customer(tx, customer_id)
    site_rate = places.site_of(await places.site_row(tx, site_id)).energy_rate if site_id else None
    own = host.default_rate_per_kwh
    rate = starting_rate(site_rate, decimal_of(own) if own is not None else None)
    currency = currency or customer.currency or host.currency
    return Defaults(currency, host.timezone, rate if currency == host.currency else None), site_rate


@router.get("/v1/contracts/defaults", **allow("contracts.write"))
async def defaults(
    tx: Transaction,
    caller: Caller,
    customer_id: UUID,
    site_id: UUID | None = None,
    contract_type: ContractType = ContractType.HOSTED,
) -> DefaultsAnswer:
    """What the wizard's fields begin with."""
    found, site_rate = await _defaults(tx, caller.organization_id, customer_id, site_id)
    at = await business_now(tx, caller.organization_id)
    methods = list(Method) if contract_type in TAKES_UNITS else []
    return DefaultsAnswer(
        currency=found.currency,
        timezone=found.timezone,
        start_on=local_day(at, found.timezone),
        rate_per_kwh=f"{found.rate_per_kwh:f}" if found.rate_per_kwh is not None else None,
        rate_from="none" if found.rate_per_kwh is None else "site" if site_rate is not None else "organization",
        term=TermKind.ONE_YEAR if contract_type in MAY_RENEW else TermKind.MONTH_TO_MONTH,
        billing_methods=methods,
        auto_renew=contract_type is ContractType.HOSTED,
        notice_days=DEFAULT_NOTICE_DAYS,
        max_extensions=DEFAULT_LIMIT,
    )


@router.post("/v1/contracts", status_code=201, **allow("contracts.write"))
async def draft(tx: Transaction, guard: Guarded, body: ContractFields, response: Response) -> ContractAnswer:
    """Draft a contract. Blank rate and currency are copied from the defaults, and then stand on their own.

    Where the host has a default rate, another one needs `rates.override` too.
    """
    organization_id = guard.caller.organization_id
    found, _ = await _defaults(tx, organization_id, body.customer_id, body.site_id, body.currency)
    contract = contract_of(new_id(), body, found)
    await guard.check(is_own=own_rate(contract, found.rate_per_kwh))
    await site_names(tx, contract)
    await check_issuer(tx, body.issuing_entity_id)
    kept = await draft_contract(tx, organization_id, contract, body.reference)
    return await answer(tx, kept, response)


class Filter(BaseModel):
    """Which contracts; `q` is looked for in numbers and references. First and last days: both ends included."""

    customer_id: UUID | None = None
    state: list[ContractState] | None = Query(None, max_length=8)
    type: list[ContractType] | None = Query(None, max_length=8)
    plan: Plan | None = None
    number: str | None = Query(None, max_length=100)
    reference: str | None = Query(None, max_length=200)
    q: str | None = Query(None, min_length=1, max_length=100)
    site_id: UUID | None = None
    unit_id: UUID | None = None
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    auto_renew: bool | None = None
    starts_from_on: date | None = None
    starts_to_on: date | None = None
    ends_from_on: date | None = None
    ends_to_on: date | None = None


@router.get("/v1/contracts", **allow("contracts.read"))
async def list_contracts(
    tx: Transaction, page: Annotated[Page, paged(contracts.LISTING)], wanted: Annotated[Filter, Query()]
) -> ContractList:
    """Contracts, usually in the order in which they were drafted."""
    found = await contracts.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [(await answer(tx, kept)).model_dump() for kept in found]
    return ContractList(**page_of(rows, page))


@router.get("/v1/contracts/{contract_id}", **allow("contracts.read"))
async def read(tx: Transaction, contract_id: UUID, response: Response) -> ContractAnswer:
    """One contract."""
    return await answer(tx, await contracts.get(tx, contract_id), response)


@router.put("/v1/contracts/{contract_id}", **allow("contracts.write"))
async def change(
    tx: Transaction, guard: Guarded, contract_id: UUID, body: ContractFields, version: IfMatch, response: Response
) -> ContractAnswer:
    """Write a draft anew; a contract in force is amended instead. Another rate is guarded as in a new draft."""
    kept = await contracts.get(tx, contract_id, for_change=True)
    checked_version(kept, version)
    found, _ = await _defaults(tx, guard.caller.organization_id, body.customer_id, body.site_id, body.currency)
    after = contract_of(contract_id, body, found)
    await guard.check(is_own=own_rate(after, found.rate_per_kwh, kept.contract))
    await site_names(tx, after)
    await check_issuer(tx, body.issuing_entity_id)
    return await answer(tx, await change_draft(tx, kept, after), response)


@router.put("/v1/contracts/{contract_id}/units", **allow("contracts.write"))
async def reserve(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Reservations, version: IfMatch, response: Response
) -> ContractAnswer:
    """Reserve units for a draft, in place of those before (X1)."""
    at = await business_now(tx, caller.organization_id)
    kept = await contracts.get(tx, contract_id, for_change=True)
    checked_version(kept, version)
    kept = await reserve_units(tx, caller.organization_id, kept, body.unit_ids, at=at)
    return await answer(tx, kept, response)


@router.post("/v1/contracts/{contract_id}/validate", **allow("contracts.write"))
async def validate(tx: Transaction, caller: Caller, contract_id: UUID, step: Step) -> ValidationAnswer:
    """Everything that keeps a step from being done, not only the first; nothing is changed."""
    at = await business_now(tx, caller.organization_id)
    found = await validate_draft(tx, await contracts.get(tx, contract_id), step, at=at)
    return ValidationAnswer(step=step, is_ready=not found, problems=[_problem(refusal) for refusal in found])


def _problem(refusal: RuleBroken) -> Problem:
    return Problem(code=refusal.code, field=refusal.field, message=refusal.message, remedy=refusal.remedy)


@router.post("/v1/contracts/{contract_id}/activate", **allow("contracts.activate"))
async def activate(
    tx: Transaction, caller: Caller, contract_id: UUID, body: Activation, response: Response
) -> ContractAnswer:
    """Activate a draft: it gets its number, its reservations become assignments (CB-40, CB-41)."""
    at = await business_now(tx, caller.organization_id)
    begins = {b.unit_id: b.from_at for b in body.assignments}
    kept = await activate_contract(tx, caller.organization_id, contract_id, begins, by=caller.subject, at=at)
    await client.begin(tx, caller.organization_id, contract_id, at=at)
    return await answer(tx, kept, response)
