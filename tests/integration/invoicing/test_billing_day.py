"""From usage to the mailed invoice: the billing day, a run on demand, and what a run leaves alone (CB-48 to CB-62)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from support.billed_house import Host, days_of

APRIL = datetime(2025, 4, 1, 12, tzinfo=UTC)


async def test_on_the_billing_day_the_month_is_invoiced_booked_told_and_mailed(host: Host) -> None:
    customer_id = await host.month(units=2)
    await host.until(APRIL)
    invoice = await host.invoice()
    assert (invoice["number"], invoice["status"], invoice["total"]) == ("INV-000001", "issued", "396.80")
    assert (invoice["issued_on"], invoice["due_on"]) == ("2025-04-01", "2025-04-16")
    (line,) = invoice["lines"]
    assert (line["method"], line["kwh"], line["rate"], line["amount"]) == ("metered", "4960.000", "0.08", "396.80")
    assert [share["kwh"] for share in line["units"]] == ["2480.000", "2480.000"]
    (entry,) = await host.ledger(customer_id)
    assert {p["account"]: p["amount"] for p in entry["postings"]} == {"receivable": "396.80", "revenue": "-396.80"}
    (issued,) = await host.events()
    assert (issued.KIND.verb, issued.model_dump()["amount_due"]) == ("issued", "396.80")
    (letter,) = await host.letters("permian@mail.test")
    assert letter["Subject"] == "Invoice INV-000001 from Host"
    (attached,) = letter.iter_attachments()
    assert attached.get_content()[:5] == b"%PDF-"


async def test_a_run_on_demand_waits_for_the_usage_and_bills(host: Host) -> None:
    customer_id = await host.month()
    run = await host.billed("2025-03", customer_id=str(customer_id))
    assert (run["state"], run["issued"], run["skipped"]) == ("finished", 1, 0)
    assert days_of(date(2025, 3, 4))[0] == date(2025, 3, 1)
