"""Who an invoice comes from, and what amended, suspended and deposited contracts are billed (rules 4.6, 7.3, 8)."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from common.clock import day_start
from common.db import new_id
from events.contracts import ChargeAgreed, ContractActivated, ContractSuspended, Rest, TermsUntil
from events.identity import IssuingEntityChanged
from support.billed_house import APRIL, LAST_DAYS, ZONE, Host, terms_of

HALF = day_start(date(2025, 3, 31), ZONE)


def entity(name: str, *, version: int = 1, is_default: bool = False, **changes: Any) -> IssuingEntityChanged:
    values: dict[str, Any] = {"entity_id": uuid4(), "address": ["1 Substation Road"], "country": "US"}
    values |= {"tax_ids": {"us_ein": "12-3456789"}} | changes
    return IssuingEntityChanged(version=version, legal_name=name, is_default=is_default, **values)


async def document(host: Host, invoice_id: str) -> str:
    answer = await host.http.get(f"/v1/invoices/{invoice_id}/pdf")
    assert answer.status_code == 200
    return hashlib.sha256(answer.content).hexdigest()


async def test_an_invoice_comes_from_the_entity_its_contract_names_as_it_stood_at_issue(host: Host) -> None:
    first, named = entity("Hosting LLC", is_default=True), entity("Machines LLC", tax_ids={"eu_vat": "DE1"})
    theirs = entity("Customers LLC")
    await host.tell(first, named, theirs)
    plain = await host.month()
    third = await host.customer("Third", issuing_entity_id=theirs.entity_id)
    over: dict[str, Any] = {"end_on": date(2025, 3, 30), "end_at": day_start(date(2025, 3, 31), ZONE)}
    await host.contract(third, issuing_entity_id=named.entity_id, **over)
    third_id, third_units = await host.contract(third, start_on=date(2025, 3, 31), start_at=HALF)
    await host.use(third_id, third, third_units, LAST_DAYS[1:])
    customer_id = await host.customer("Basin", issuing_entity_id=theirs.entity_id)
    contract_id, units = await host.contract(customer_id, issuing_entity_id=named.entity_id)
    await host.use(contract_id, customer_id, units, LAST_DAYS)
    await host.close(LAST_DAYS)
    preview = await host.do("/v1/invoices/preview", period="2025-03", customer_id=str(customer_id))
    assert preview["invoices"][0]["issuer"]["legal_name"] == "Machines LLC"
    await host.until(APRIL)
    (by_default,), (own,) = await host.invoices(customer_id=plain.id), await host.invoices(customer_id=customer_id)
    assert by_default["issuer"] == {
        "entity_id": str(first.entity_id), "legal_name": "Hosting LLC", "address": ["1 Substation Road"],
        "country": "US", "tax_ids": {"us_ein": "12-3456789"},
    }  # fmt: skip
    assert (own["issuer"]["legal_name"], own["issuer"]["tax_ids"]) == ("Machines LLC", {"eu_vat": "DE1"})
    both = await host.invoice(customer_id=third)
    assert both["issuer"]["legal_name"] == "Machines LLC"  # a contract of this month names it
    draft = await host.do("/v1/invoices/preview", period="2025-04", customer_id=str(third))
    assert draft["invoices"][0]["issuer"]["legal_name"] == "Customers LLC"  # that contract is over
    before = await document(host, own["id"])
    moved = named.model_copy(update={"version": 2, "legal_name": "Machines Inc", "is_default": True})
    await host.tell(moved)
    (still,) = await host.invoices(customer_id=customer_id)
    assert still["issuer"] == own["issuer"]
    assert await document(host, own["id"]) == before
    later = await host.do("/v1/invoices/preview", period="2025-04", customer_id=str(plain.id))
    assert later["invoices"][0]["issuer"]["legal_name"] == "Machines Inc"


async def test_a_month_in_which_the_terms_are_amended_has_lines_for_both(host: Host) -> None:
    """Two days at 80 kWh; the failover rate and a fixed amount have their own days."""
    customer_id = await host.customer()
    contract_id, units = await host.contract(customer_id, billing_methods=[], rates=[], fixed_monthly_per_unit="310")
    await host.use(contract_id, customer_id, units, LAST_DAYS)
    before = TermsUntil(until_at=HALF, fixed_monthly_per_unit="310")
    terms = terms_of(customer_id, billing_methods=[], rates=[], fixed_monthly_per_unit="620", former=[before])
    await host.amend(contract_id, 2, HALF, terms)
    await host.close(LAST_DAYS)
    await host.until(APRIL)
    (march,) = await host.invoices(customer_id=customer_id)
    assert [(li["kind"], li["amount"]) for li in march["lines"]] == [("fixed", "10.00"), ("fixed", "20.00")]
    older = TermsUntil(until_at=day_start(date(2025, 3, 30), ZONE), fixed_monthly_per_unit="310")
    into_the_past = terms.model_copy(update={"former": [older]})
    await host.amend(contract_id, 3, older.until_at, into_the_past)
    draft = await host.do("/v1/invoices/preview", period="2025-04", customer_id=str(customer_id))
    assert [(li["kind"], li["amount"]) for li in draft["invoices"][0]["lines"]] == [("adjustment", "10.00")]


async def test_a_suspended_contract_is_billed_what_it_draws_and_no_fixed_day(host: Host) -> None:
    drawn, fixed = await host.customer("Draws"), await host.customer("Rests")
    metered = await host.contract(drawn, failover={"mode": "fixed_rate", "rate_per_kwh": "0.05"})
    monthly = await host.contract(fixed, billing_methods=[], rates=[], fixed_monthly_per_unit="310")
    for (contract_id, units), customer_id in ((metered, drawn), (monthly, fixed)):
        await host.use(contract_id, customer_id, units, LAST_DAYS)
    rest = Rest(from_at=HALF)
    for (contract_id, _), customer_id, agreed in (
        (metered, drawn, {}),
        (monthly, fixed, {"billing_methods": [], "rates": [], "fixed_monthly_per_unit": "310"}),
    ):
        terms = terms_of(customer_id, rests=[rest], **agreed)
        suspended = ContractSuspended(
            contract_id=contract_id, version=2, customer_id=customer_id, since_at=HALF, reason="unpaid", terms=terms
        )
        await host.tell(suspended)
    await host.close(LAST_DAYS)
    await host.until(APRIL)
    (energy,), (resting,) = await host.invoices(customer_id=drawn), await host.invoices(customer_id=fixed)
    assert [(li["kind"], li["kwh"]) for li in energy["lines"]] == [("energy", "160.000")]
    assert [(li["kind"], li["amount"]) for li in resting["lines"]] == [("fixed", "10.00")]


def deposit(contract_id: UUID, customer_id: UUID, amount: str) -> ChargeAgreed:
    kind: Any = "deposit_return" if amount.startswith("-") else "deposit"
    return ChargeAgreed(
        charge_id=uuid4(), contract_id=contract_id, customer_id=customer_id, charge=kind, amount=amount,
        charged_on=date(2025, 3, 30), description=kind, currency="USD",
    )  # fmt: skip


async def test_a_deposit_written_off_unpaid_is_not_given_back(host: Host) -> None:
    """200 used and 500 deposited; 400 paid: 300 of the deposit are given up, 200 are kept and come back."""
    customer = await host.month()
    await host.tell(deposit(customer.contract_id, customer.id, "500.00"))
    await host.until(APRIL)
    (march,) = await host.invoices(customer_id=customer.id)
    assert march["total"] == "700.00"
    await host.pay(customer.id, "400.00")
    waiting = new_id()
    late = deposit(customer.contract_id, customer.id, "-500.00").model_copy(update={"charge_id": waiting})
    await host.do(f"/v1/invoices/{march['id']}/write-off", reason="gone")
    await host.tell(late)
    totals: dict[str, Decimal] = {}
    for entry in await host.ledger(customer.id):
        for posting in entry["postings"]:
            totals[posting["account"]] = totals.get(posting["account"], Decimal(0)) + Decimal(posting["amount"])
    assert {k: v for k, v in totals.items() if k in ("deposits", "write_offs", "receivable")} == {
        "receivable": 0, "deposits": -200,
    }  # fmt: skip
    draft = await host.do("/v1/invoices/preview", period="2025-04", customer_id=str(customer.id))
    assert [(li["kind"], li["amount"]) for li in draft["invoices"][0]["lines"]] == [("deposit", "-200.00")]


async def test_the_charges_on_an_invoice_are_told_with_it(host: Host) -> None:
    customer = await host.month()
    charged = deposit(customer.contract_id, customer.id, "500.00")
    await host.tell(charged, ContractActivated(contract_id=new_id(), version=1, terms=terms_of(customer.id)))
    await host.until(APRIL)
    told = [e for e in await host.service.published("invoicing.invoice", host.id) if hasattr(e, "charge_ids")]
    assert [e.charge_ids for e in told] == [[charged.charge_id]]
