"""From usage to the mailed invoice: the billing day, a run on demand, and what a run leaves alone (CB-48 to CB-62)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from events.contracts import ConnectorFee, MinerSpec, SiteFee
from events.invoicing import BillingRunFinished
from events.metering import UsageDayClosed
from support.billed_house import APRIL, LAST_DAYS, Host, days_from, used


async def test_on_the_billing_day_the_month_is_invoiced_booked_told_and_mailed(host: Host) -> None:
    customer = await host.month(units=2)
    preview = await host.do("/v1/invoices/preview", period="2025-03", customer_id=str(customer.id))
    await host.until(APRIL)
    invoice = await host.invoice()
    assert (invoice["number"], invoice["status"], invoice["total"]) == ("INV-000001", "issued", "400.00")
    assert (invoice["issued_on"], invoice["due_on"]) == ("2025-04-01", "2025-04-16")
    (line,) = invoice["lines"]
    assert (line["method"], line["kwh"], line["rate"], line["amount"]) == ("metered", "5000.000", "0.08", "400.00")
    assert [share["kwh"] for share in line["units"]] == ["2500.000", "2500.000"]
    assert preview["invoices"] == [{name: invoice[name] for name in preview["invoices"][0]}]
    (entry,) = await host.ledger(customer.id)
    assert {p["account"]: p["amount"] for p in entry["postings"]} == {"receivable": "400.00", "revenue": "-400.00"}
    (issued,) = await host.events()
    assert (issued.KIND.verb, issued.model_dump()["amount_due"]) == ("issued", "400.00")
    (letter,) = await host.letters()
    assert letter["Subject"] == "Invoice INV-000001 from Host"
    (attached,) = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content()[:5]) == ("INV-000001.pdf", b"%PDF-")
    (finished,) = await host.events("invoicing.run")
    assert isinstance(finished, BillingRunFinished)
    assert (finished.period, finished.issued, finished.held, finished.refused) == ("2025-03", 1, 0, {})


async def test_a_run_again_passes_over_whoever_has_an_invoice_and_touches_nothing(host: Host) -> None:
    first = await host.month()
    await host.until(APRIL)
    before = await host.invoices()
    second = await host.month("Basin")
    run = await host.billed("2025-03")
    assert (run["state"], run["issued"], run["skipped"], run["refused"]) == ("finished", 1, 1, {})
    again = await host.billed("2025-03", skip_existing=False)
    assert (again["issued"], again["skipped"]) == (0, 0)
    assert (await host.invoices(customer_id=first.id)) == before
    assert [i["number"] for i in await host.invoices(customer_id=second.id)] == ["INV-000002"]


async def test_parallel_runs_make_each_invoice_once_with_numbers_without_a_gap(host: Host) -> None:
    await host.until(APRIL)
    customers = [await host.month(f"c{n}") for n in range(5)]
    bodies: list[dict[str, Any]] = [{"period": "2025-03"}] * 3
    bodies += [{"period": "2025-03", "customer_id": str(c.id)} for c in customers]
    await asyncio.gather(*(host.http.post("/v1/billing-runs", json=body) for body in bodies))
    await host.settled()
    made = await host.invoices()
    assert len({i["customer_id"] for i in made}) == len(made) == len(customers)
    assert sorted(i["number"] for i in made) == [f"INV-{n:06}" for n in range(1, 6)]
    assert len(await host.letters("c0")) == 1


async def test_a_run_waits_for_spans_that_are_still_on_their_way(host: Host) -> None:
    customer = await host.customer()
    contract_id, units = await host.contract(customer)
    await host.use(contract_id, customer, units, LAST_DAYS[:1], "1250")
    closed = [UsageDayClosed(organization_id=host.id, day=day, span_count=1) for day in LAST_DAYS]
    await host.tell(*closed)
    await host.until(APRIL - timedelta(hours=6))
    assert await host.invoices() == []
    await host.use(contract_id, customer, units, LAST_DAYS[1:], "1250")
    await host.until(APRIL)
    assert (await host.invoice())["total"] == "200.00"


async def test_who_cannot_be_priced_is_refused_by_name_and_the_others_go_on(host: Host) -> None:
    customer, spec = await host.customer("Infinite"), MinerSpec(hashrate_ths="1000", efficiency_jth="17.5")
    fee = ConnectorFee(percent="5", basis="expected_revenue")
    terms = {"type": "infinity", "billing_methods": [], "spec": spec, "quantity": 2, "connector_fee": fee}
    await host.contract(customer, 0, **terms)
    other = await host.month()
    await host.until(APRIL)
    assert [i["customer_id"] for i in await host.invoices()] == [str(other.id)]
    (finished,) = await host.events("invoicing.run")
    assert isinstance(finished, BillingRunFinished)
    assert list(finished.refused) == [str(customer)]
    assert "hashprice" in finished.refused[str(customer)]
    preview = await host.do("/v1/invoices/preview", 422, period="2025-03", customer_id=str(customer))
    assert preview["code"] == "no_hashprice"


async def test_charges_are_billed_once_and_freed_by_a_cancellation(host: Host) -> None:
    customer, site = await host.customer(), SiteFee(site_id=str(uuid4()), name="Hale", fee_monthly="1000")
    contract_id, _ = await host.contract(customer, 0, type="om", billing_methods=[], rates=[], sites=[site])
    charge = {"contract_id": str(contract_id), "charged_on": "2025-03-30", "description": "hands", "quantity": "2.5"}
    await host.do("/v1/charges", 201, **charge, unit_price="60", tax_code="service")
    await host.close(LAST_DAYS)
    await host.until(APRIL)
    invoice = await host.invoice()
    assert [(li["kind"], li["amount"]) for li in invoice["lines"]] == [("fixed", "1000.00"), ("service", "150.00")]
    await host.do(f"/v1/invoices/{invoice['id']}/cancel", reason="wrong address")
    assert (await host.billed("2025-03"))["issued"] == 1
    _, second = await host.invoices()
    assert (second["status"], second["total"], second["number"]) == ("issued", "1150.00", "INV-000002")
    assert await host.verbs() == ["issued", "cancelled", "issued"]


async def test_what_a_run_may_not_be_asked_for(host: Host) -> None:
    for body, status, field in (
        ({"period": "2025-03"}, 409, "period"),
        ({"period": "2025-13"}, 422, "period"),
        ({"period": "2025-02", "customer_id": str(uuid4())}, 404, "customer_id"),
        ({"period": "2025-02", "color": "red"}, 422, "color"),
    ):
        refused = await host.do("/v1/billing-runs", status, **body)
        assert [error["field"] for error in refused["errors"]] == [field]


async def test_without_auto_generate_and_auto_send_a_person_does_both(host: Host) -> None:
    settings = {"auto_generate": False, "auto_send": False, "shows_units": False}
    assert (await host.http.put("/v1/billing-settings", json=settings, headers={"If-Match": '"0"'})).status_code == 200
    await host.month()
    await host.until(APRIL)
    assert await host.invoices() == []
    assert (await host.billed("2025-03"))["issued"] == 1
    assert (await host.invoice())["mailed_at"] is None
    assert await host.letters() == []


async def test_a_month_of_days_over_the_clock_change_is_the_sum_of_its_days(host: Host) -> None:
    customer = await host.customer()
    contract_id, units = await host.contract(customer, 2)
    days = days_from(date(2025, 3, 7), 4)
    spans = [used(contract_id, customer, u, day, f"{77 + n}/7") for n, u in enumerate(units) for day in days]
    await host.tell(*reversed(spans))
    await host.tell(*spans[:3])
    await host.close(days_from(date(2025, 3, 7), 25))
    await host.until(APRIL)
    (line,) = (await host.invoice())["lines"]
    assert (line["kwh"], line["amount"]) == ("88.571", "7.09")
    assert [share["kwh"] for share in line["units"]] == ["44.000", "44.571"]
