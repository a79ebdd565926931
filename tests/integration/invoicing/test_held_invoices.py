"""Who is in default or on hold: invoices are born held, and let go, cancelled or given up by hand (CB-60 to CB-69)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.customers import CustomerChanged
from events.revenueguard import CustomerDefaulted, DefaultCleared
from support.billed_house import APRIL, PORTAL, Billed, Host


async def _held(host: Host, customer: Billed | None = None) -> Any:
    customer = customer or await host.month()
    await host.tell(CustomerDefaulted(customer_id=customer.id, reason="15 days", since_at=host.clock_at))
    await host.until(APRIL)
    return await host.invoice(status="held")


async def test_a_held_invoice_is_neither_mailed_nor_booked_nor_paid_by_credit(host: Host) -> None:
    customer = await host.month()
    await host.do("/v1/credits", 201, customer_id=str(customer.id), amount="50", currency="USD", reason="goodwill")
    invoice = await _held(host, customer)
    assert (invoice["number"], invoice["credit_applied"], invoice["balance"]) == ("INV-000001", "0.00", "200.00")
    assert invoice["held_because"] == "the customer is in default"
    assert [entry["kind"] for entry in await host.ledger(customer.id)] == ["credit_granted"]
    assert await host.verbs() == ["held"]
    assert await host.letters() == []
    async with host.service.client(host.id, PORTAL, customer_id=customer.id) as portal:
        assert (await portal.get("/v1/invoices")).json()["items"] == []
        assert (await portal.get(f"/v1/invoices/{invoice['id']}")).status_code == 404
        assert (await portal.get(f"/v1/invoices/{invoice['id']}/pdf")).status_code == 404


async def test_a_released_invoice_is_due_from_that_day_and_takes_the_credit_and_the_post(host: Host) -> None:
    customer = await host.month()
    await host.do("/v1/credits", 201, customer_id=str(customer.id), amount="50", currency="USD", reason="goodwill")
    invoice = await _held(host, customer)
    await host.until(APRIL + timedelta(days=9))
    released = await host.do(f"/v1/invoices/{invoice['id']}/release")
    assert (released["status"], released["issued_on"], released["due_on"]) == ("issued", "2025-04-01", "2025-04-25")
    assert (released["credit_applied"], released["amount_due"], released["balance"]) == ("50.00", "150.00", "150.00")
    await host.settled()
    assert len(await host.letters()) == 1
    assert await host.verbs() == ["held", "issued"]
    assert await host.credit(customer.id) == "0.00"
    refused = await host.do(f"/v1/invoices/{invoice['id']}/release", 409)
    assert refused["code"] == "not_held"


async def test_a_held_invoice_may_be_cancelled_or_given_up(host: Host) -> None:
    customer = await host.month()
    invoice = await _held(host, customer)
    cancelled = await host.do(f"/v1/invoices/{invoice['id']}/cancel", reason="agreed")
    assert (cancelled["status"], cancelled["balance"]) == ("cancelled", "0.00")
    assert await host.ledger(customer.id) == []
    await host.billed("2025-03")
    second = await host.invoice(status="held")
    lost = await host.do(f"/v1/invoices/{second['id']}/write-off", reason="bankrupt")
    assert (lost["status"], lost["balance"]) == ("written_off", "0.00")
    kinds = [entry["kind"] for entry in await host.ledger(customer.id)]
    assert kinds == ["issue", "write_off"]
    await host.settled()
    assert await host.verbs() == ["held", "cancelled", "held", "written_off"]
    for path in ("cancel", "write-off"):
        refused = await host.do(f"/v1/invoices/{second['id']}/{path}", 409, reason="again")
        assert refused["code"] == "transition_refused"


@pytest.mark.parametrize("cleared", [False, True])
async def test_hold_and_default_count_on_the_billing_day(host: Host, cleared: bool) -> None:
    customer = await host.month()
    values = {"name": "Permian", "contact_email": host.address("Permian"), "on_billing_hold": not cleared}
    await host.tell(
        CustomerDefaulted(customer_id=customer.id, reason="late", since_at=host.clock_at),
        DefaultCleared(customer_id=customer.id, reason="paid"),
        CustomerChanged(customer_id=customer.id, version=3, **values),
        CustomerChanged(customer_id=customer.id, version=2, **values | {"on_billing_hold": cleared}),
    )
    await host.until(APRIL)
    invoice = await host.invoice()
    expected = ("issued", None) if cleared else ("held", "the customer is on billing hold")
    assert (invoice["status"], invoice["held_because"]) == expected
