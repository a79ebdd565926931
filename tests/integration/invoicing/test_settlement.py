"""Money that comes, goes back and comes again: balances and statuses follow the ledger (rules 7.5, 7.7, 8)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from events.customers import CustomerRegistered
from events.invoicing import CreditChanged, InvoiceOverdue, InvoiceReopened
from support.billed_house import APRIL, Billed, Host


async def _issued(host: Host) -> tuple[Billed, Any]:
    customer = await host.month()
    await host.until(APRIL)
    return customer, await host.invoice()


async def _state(host: Host, invoice: Any) -> tuple[str, str, list[str]]:
    now = (await host.http.get(f"/v1/invoices/{invoice['id']}")).json()
    return now["status"], now["balance"], now["money_states"]


async def test_a_payment_settles_and_the_surplus_pays_the_next_invoice(host: Host) -> None:
    customer, invoice = await _issued(host)
    await host.pay(customer.id, "150.00", invoice_id=UUID(invoice["id"]))
    assert await _state(host, invoice) == ("issued", "50.00", ["part_paid"])
    await host.pay(customer.id, "80.00", invoice_id=UUID(invoice["id"]), fee="2.62")
    assert await _state(host, invoice) == ("paid", "0.00", [])
    assert await host.credit(customer.id) == "30.00"
    (credit,) = await host.events("invoicing.credit")
    assert isinstance(credit, CreditChanged)
    assert (credit.balance, credit.change) == ("30.00", "30.00")
    await host.do("/v1/charges", 201, contract_id=str(customer.contract_id), charged_on="2025-04-02",
                  description="hands", quantity="1", unit_price="100")  # fmt: skip
    await host.april_is_over()
    _, second = await host.invoices()
    assert (second["total"], second["credit_applied"], second["amount_due"]) == ("100.00", "30.00", "70.00")
    assert await host.verbs() == ["issued", "settled", "issued"]
    await _balances(host, customer.id)


async def test_what_names_no_invoice_pays_the_oldest_due_first(host: Host) -> None:
    customer, first = await _issued(host)
    await host.do("/v1/charges", 201, contract_id=str(customer.contract_id), charged_on="2025-04-02",
                  description="hands", quantity="1", unit_price="100")  # fmt: skip
    await host.april_is_over()
    _, second = await host.invoices()
    await host.pay(customer.id, "250.00")
    assert await _state(host, first) == ("paid", "0.00", [])
    assert await _state(host, second) == ("issued", "50.00", ["part_paid"])


async def test_past_its_due_date_an_invoice_is_overdue_until_it_is_paid(host: Host) -> None:
    customer, invoice = await _issued(host)
    await host.until(APRIL + timedelta(days=15))
    assert (await _state(host, invoice))[0] == "issued"
    await host.until(APRIL + timedelta(days=16))
    assert (await _state(host, invoice))[0] == "overdue"
    overdue = (await host.events())[-1]
    assert isinstance(overdue, InvoiceOverdue)
    assert (overdue.balance, overdue.due_on.isoformat()) == ("200.00", "2025-04-16")
    await host.pay(customer.id, "200.00")
    assert (await _state(host, invoice))[0] == "paid"


async def test_a_reversal_reopens_what_it_had_paid_and_money_that_comes_back_pays_it_again(host: Host) -> None:
    customer, invoice = await _issued(host)
    paid = await host.pay(customer.id, "230.00", invoice_id=UUID(invoice["id"]))
    await host.take_back(paid, "80.00", "refund")
    assert await _state(host, invoice) == ("issued", "50.00", ["part_paid"])
    assert await host.credit(customer.id) == "0.00"
    await host.until(APRIL + timedelta(days=20))
    await host.take_back(paid, "150.00", "dispute: fraudulent")
    assert await _state(host, invoice) == ("overdue", "200.00", [])
    await host.tell(paid)
    await host.tell(paid)
    assert await _state(host, invoice) == ("overdue", "50.00", ["part_paid"])
    reopened = [e for e in await host.events() if isinstance(e, InvoiceReopened)]
    assert [e.balance for e in reopened] == ["50.00"]
    await _balances(host, customer.id)


async def test_a_payment_told_twice_counts_once_and_one_of_an_unknown_customer_is_kept(host: Host) -> None:
    customer, invoice = await _issued(host)
    paid = await host.pay(customer.id, "200.00", invoice_id=UUID(invoice["id"]))
    await host.tell(paid, paid)
    assert await host.credit(customer.id) == "0.00"
    stranger = uuid4()
    await host.pay(stranger, "10.00")
    await host.tell(CustomerRegistered(customer_id=stranger, version=1, name="S", contact_email="s@mail.test"))
    assert await host.credit(stranger) == "10.00"


async def test_credit_by_hand_says_why_and_never_falls_below_zero(host: Host) -> None:
    customer = await host.customer()
    body = {"customer_id": str(customer), "amount": "25.00", "currency": "USD", "reason": "goodwill"}
    assert (await host.do("/v1/credits", 201, **body))["balance"] == "25.00"
    assert (await host.do("/v1/credits", 201, **body | {"amount": "-5"}))["balance"] == "20.00"
    for changes, status, field in (
        ({"amount": "-20.01"}, 409, "amount"),
        ({"amount": "1.001"}, 422, "amount"),
        ({"amount": "0"}, 422, "amount"),
        ({"amount": "NaN"}, 422, "amount"),
        ({"amount": "1e400"}, 422, "amount"),
        ({"currency": "XXX"}, 422, "currency"),
        ({"reason": ""}, 422, "reason"),
        ({"customer_id": str(uuid4())}, 404, "customer_id"),
    ):
        refused = await host.do("/v1/credits", status, **body | changes)
        assert [error["field"] for error in refused["errors"]] == [field], changes
    assert await host.credit(customer) == "20.00"


async def test_a_cancelled_invoice_gives_back_what_had_paid_it(host: Host) -> None:
    customer, invoice = await _issued(host)
    await host.pay(customer.id, "150.00", invoice_id=UUID(invoice["id"]))
    await host.do(f"/v1/invoices/{invoice['id']}/cancel", reason="wrong rate")
    await host.settled()
    assert await _state(host, invoice) == ("cancelled", "0.00", [])
    assert await host.credit(customer.id) == "150.00"
    await host.billed("2025-03")
    (second,) = await host.invoices(status="issued")
    assert (second["credit_applied"], second["amount_due"]) == ("150.00", "50.00")
    await _balances(host, customer.id)


async def test_a_written_off_invoice_is_a_loss_and_owed_no_more(host: Host) -> None:
    customer, invoice = await _issued(host)
    await host.pay(customer.id, "150.00", invoice_id=UUID(invoice["id"]))
    await host.do(f"/v1/invoices/{invoice['id']}/write-off", reason="gone")
    assert (await _state(host, invoice))[:2] == ("written_off", "0.00")
    await host.pay(customer.id, "50.00", invoice_id=UUID(invoice["id"]))
    assert await host.credit(customer.id) == "50.00"
    assert await host.verbs() == ["issued", "written_off"]


async def _balances(host: Host, customer_id: UUID) -> None:
    """Every entry sums to zero, and each invoice's balance is what its entries say."""
    owed: dict[str, Decimal] = {}
    for entry in await host.ledger(customer_id):
        assert sum(Decimal(p["amount"]) for p in entry["postings"]) == 0
        for posting in entry["postings"]:
            if posting["account"] == "receivable" and posting["invoice_id"]:
                owed[posting["invoice_id"]] = owed.get(posting["invoice_id"], Decimal(0)) + Decimal(posting["amount"])
    for invoice in await host.invoices(customer_id=customer_id):
        assert owed.get(invoice["id"], Decimal(0)) == Decimal(invoice["balance"])
