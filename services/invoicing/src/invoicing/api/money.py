"""`/v1/credits`, `/v1/charges`, `/v1/pool-revenue`, `/v1/ledger`: money beside the invoices."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.db import new_id
from common.errors import NotFound
from common.http import Caller, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from common.money import Money, decimal_of, minor_unit
from common.organizations import business_now
from invoicing.api.money_schemas import (
    ChargeAnswer,
    CreditAnswer,
    EntryAnswer,
    EntryList,
    NewCharge,
    NewCredit,
    NewPoolRecord,
)
from invoicing.domain import terms_check
from invoicing.domain.charges import Charge
from invoicing.domain.ledger import AccountKind, EntryKind
from invoicing.domain.terms import ContractTerms, ContractType
from invoicing.store import books, charges, copies
from invoicing.use_cases.change_credit import change_credit, credit_of
from invoicing.use_cases.record_facts import note_pool_record

router = new_router("money")


class Entries(BaseModel):
    """Which journal entries, by business time; `source`: the beginning of what caused them."""

    customer_id: UUID | None = None
    kind: list[EntryKind] | None = Query(None, max_length=20)
    account: AccountKind | None = Query(None, description="To which an entry posts.")
    invoice_id: UUID | None = None
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    source: str | None = Query(None, min_length=1, max_length=100)
    from_at: Instant | None = None
    to_at: Instant | None = None


@router.post("/v1/credits", status_code=201, **allow("credit.write"))
async def give_credit(tx: Transaction, caller: Caller, body: NewCredit) -> CreditAnswer:
    """Give credit, or take it back with an amount below zero."""
    at = await business_now(tx, caller.organization_id)
    amount = Money(decimal_of(body.amount, field="amount"), body.currency)
    balance = await change_credit(tx, caller.organization_id, body.customer_id, amount, body.reason, at=at)
    return CreditAnswer(customer_id=body.customer_id, currency=body.currency, balance=f"{balance:f}")


@router.get("/v1/credits", **allow("credit.read"))
async def read_credit(tx: Transaction, customer_id: UUID, currency: str) -> CreditAnswer:
    """A customer's credit balance in a currency."""
    await copies.payer(tx, customer_id)
    minor_unit(currency)
    balance = await credit_of(tx, customer_id, currency)
    return CreditAnswer(customer_id=customer_id, currency=currency, balance=f"{balance:f}")


async def _terms(tx: Any, contract_id: UUID) -> ContractTerms:
    terms = await copies.terms(tx, contract_id)
    if terms is None:
        raise NotFound(f"There is no contract {contract_id}.", field="contract_id")
    return terms


@router.post("/v1/charges", status_code=201, **allow("charges.write"))
async def add_charge(tx: Transaction, caller: Caller, body: NewCharge) -> ChargeAnswer:
    """Charge a service; it stands on the next monthly invoice whose period ends after its date."""
    terms = await _terms(tx, body.contract_id)
    charge = Charge(
        charge_id=str(new_id()),
        contract_id=str(body.contract_id),
        charged_on=body.charged_on,
        description=body.description,
        quantity=decimal_of(body.quantity, field="quantity"),
        unit_price=decimal_of(body.unit_price, field="unit_price"),
        tax_code=body.tax_code,
    )
    await charges.add(tx, caller.organization_id, UUID(terms.customer_id), charge)
    return ChargeAnswer(id=UUID(charge.charge_id))


@router.post("/v1/pool-revenue", status_code=201, **allow("charges.write"))
async def add_pool_record(tx: Transaction, caller: Caller, body: NewPoolRecord) -> ChargeAnswer:
    """Record what an infinity contract's hashrate earned; it counts for the period in which it ends."""
    terms = await _terms(tx, body.contract_id)
    if terms.type is not ContractType.INFINITY or body.to_at <= body.from_at:
        raise terms_check.refuse("contract_id", "Pool income is recorded for infinity contracts over a span.", "both")
    btc = decimal_of(body.btc, field="btc")
    satoshi = btc * Decimal(10**8)
    if satoshi != satoshi.to_integral_value() or satoshi < 0:
        raise terms_check.refuse("btc", f"{body.btc} is not a whole number of satoshis.", "at most 8 decimals")
    record_id = new_id()
    row = {
        "record_id": record_id,
        "contract_id": body.contract_id,
        "from_at": body.from_at,
        "to_at": body.to_at,
        "satoshi": int(satoshi),
        "price": f"{decimal_of(body.price, field='price'):f}",
    }
    await charges.add_pool_record(tx, caller.organization_id, row)
    contract = body.contract_id, UUID(terms.customer_id)
    await note_pool_record(tx, caller.organization_id, contract, body.to_at)
    return ChargeAnswer(id=record_id)


@router.get("/v1/ledger", **allow("ledger.read"))
async def read_ledger(
    tx: Transaction, page: Annotated[Page, paged(books.LISTING)], wanted: Annotated[Entries, Query()]
) -> EntryList:
    """Journal entries, usually the oldest first."""
    rows = [EntryAnswer.of(seq, entry) for seq, entry in await books.page(tx, page, dict(wanted))]
    return EntryList(**page_of(rows, page))
