"""`/v1/delinquency` and `/v1/dunning-policy`: who owes, what was done about it, and by which rules."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.db import Tx
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Instant, Page, page_of, paged
from common.organizations import business_now
from revenueguard.api.schemas import (
    Clearing,
    DelinquencyAnswer,
    DelinquencyList,
    NewDefault,
    PolicyAnswer,
    PolicyChange,
)
from revenueguard.domain.dunning_policy import checked
from revenueguard.store import debts, mails, policies
from revenueguard.use_cases.clear_default import clear_default
from revenueguard.use_cases.put_in_default import put_in_default

router = new_router("delinquency")


class Filter(BaseModel):
    """Which delinquencies, by when they began; `step`: one that was taken."""

    customer_id: UUID | None = None
    in_default: bool | None = None
    step: str | None = Query(None, max_length=40)
    since_from_at: Instant | None = None
    since_to_at: Instant | None = None


async def _answer(tx: Tx, customer_id: UUID) -> DelinquencyAnswer:
    await debts.known_customer(tx, customer_id)
    found, owed = await debts.delinquency(tx, customer_id), list(await debts.overdue(tx, customer_id))
    return DelinquencyAnswer.of(customer_id, found, owed, await mails.last_refusal(tx, customer_id))


@router.get("/v1/delinquency", **allow("guard.read"))
async def list_delinquencies(
    tx: Transaction, page: Annotated[Page, paged(debts.LISTING)], wanted: Annotated[Filter, Query()]
) -> DelinquencyList:
    """Customers with steps taken against them."""
    rows: list[dict[str, Any]] = []
    for one in await debts.page(tx, page, dict(wanted)):
        owed = list(await debts.overdue(tx, one.customer_id))
        refused = await mails.last_refusal(tx, one.customer_id)
        rows.append(DelinquencyAnswer.of(one.customer_id, one, owed, refused).model_dump())
    return DelinquencyList(**page_of(rows, page))


@router.get("/v1/delinquency/{customer_id}", **allow("guard.read"))
async def read_delinquency(tx: Transaction, customer_id: UUID) -> DelinquencyAnswer:
    """One customer's standing; a customer who owes nothing has an empty one."""
    return await _answer(tx, customer_id)


@router.post("/v1/delinquency/{customer_id}/default", **allow("guard.write"))
async def declare_default(tx: Transaction, caller: Caller, customer_id: UUID, body: NewDefault) -> DelinquencyAnswer:
    """Put the customer in default by hand (CB-102)."""
    await debts.known_customer(tx, customer_id)
    at = await business_now(tx, caller.organization_id)
    await put_in_default(tx, caller.organization_id, customer_id, body.reason, at=at)
    return await _answer(tx, customer_id)


@router.post("/v1/delinquency/{customer_id}/clear", **allow("guard.write"))
async def clear(tx: Transaction, caller: Caller, customer_id: UUID, body: Clearing) -> DelinquencyAnswer:
    """Clear the default by hand; refused while invoices are overdue unless `force` is said (CB-105)."""
    await debts.known_customer(tx, customer_id)
    at = await business_now(tx, caller.organization_id)
    await clear_default(tx, caller.organization_id, customer_id, body.reason, at=at, in_spite_of_debt=body.force)
    return await _answer(tx, customer_id)


@router.get("/v1/dunning-policy", **allow("guard.read"))
async def read_policy(tx: Transaction, response: Response) -> PolicyAnswer:
    """The steps that follow an overdue invoice."""
    steps, version = await policies.policy(tx)
    response.headers.update(etag(version))
    return PolicyAnswer.of(steps, version)


@router.put("/v1/dunning-policy", **allow("guard.write"))
async def change_policy(
    tx: Transaction, caller: Caller, body: PolicyChange, version: IfMatch, response: Response
) -> PolicyAnswer:
    """Replace the steps; they hold for what comes due from now on."""
    steps = checked(body.as_steps())
    new_version = await policies.replace_policy(tx, caller.organization_id, steps, version)
    response.headers.update(etag(new_version))
    return PolicyAnswer.of(steps, new_version)
