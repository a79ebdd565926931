"""Settings that price: accepted, refused by the field that is wrong, and in force on the next bill (rules 7.6, 7.8)."""

from __future__ import annotations

from typing import Any

import pytest

from support.billed_house import APRIL, Host


async def _put(host: Host, version: int = 0, **settings: Any) -> Any:
    return await host.http.put("/v1/billing-settings", json=settings, headers={"If-Match": f'"{version}"'})


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"tax": {"energy": "100.01"}}, "tax.energy"),
        ({"tax": {"energy": "-1"}}, "tax.energy"),
        ({"tax": {"energy": "NaN"}}, "tax.energy"),
        ({"tax": {"energy": "1e400"}}, "tax.energy"),
        ({"tax": {"energy": 8.25}}, "tax.energy"),
        ({"late_fee": {"mode": "flat"}}, "late_fee"),
        ({"late_fee": {"mode": "flat", "amount": "5", "percent": "1"}}, "late_fee"),
        ({"late_fee": {"mode": "monthly_percent", "percent": "1001"}}, "late_fee.percent"),
        ({"late_fee": {"mode": "flat", "amount": "5.001"}}, "late_fee.amount"),
        ({"late_fee": {"mode": "weekly", "amount": "5"}}, "late_fee.mode"),
        ({"late_fee": {"mode": "flat", "amount": "5", "grace_days": 367}}, "late_fee.grace_days"),
        ({"bill_at": "25:00"}, "bill_at"),
        ({"number_prefix": "No. "}, "number_prefix"),
        ({"credit_note_prefix": "<b>"}, "credit_note_prefix"),
        ({"footer": "x" * 2001}, "footer"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_an_impossible_setting_is_refused_by_its_field(host: Host, settings: Any, field: str) -> None:
    refused = await _put(host, **settings)
    assert refused.status_code == 422, refused.text
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert (await host.http.get("/v1/billing-settings")).json()["version"] == 0


async def test_settings_are_changed_from_the_version_that_was_read(host: Host) -> None:
    assert (await _put(host, 3)).status_code == 412
    first = await _put(host, footer="Thank you")
    assert (first.status_code, first.headers["ETag"], first.json()["version"]) == (200, '"1"', 1)
    assert (await _put(host, 0)).status_code == 412
    assert (await _put(host, 1)).json()["version"] == 2
    assert (await host.http.put("/v1/billing-settings", json={})).status_code == 428


async def test_tax_and_a_late_fee_stand_on_the_next_invoice_with_its_due_date_and_number(host: Host) -> None:
    fee = {"mode": "monthly_percent", "percent": "2", "grace_days": 3}
    await _put(host, tax={"energy": "8.25", "late_fee": "8.25"}, late_fee=fee, number_prefix="H/25-")
    customer = await host.month()
    await host.until(APRIL)
    first = await host.invoice()
    assert (first["number"], first["subtotal"], first["tax"], first["total"]) == (
        "H/25-000001", "200.00", "16.50", "216.50",
    )  # fmt: skip
    await host.do("/v1/charges", 201, contract_id=str(customer.contract_id), charged_on="2025-04-02",
                  description="hands", quantity="1", unit_price="100")  # fmt: skip
    await host.april_is_over()
    _, second = await host.invoices()
    assert [(li["kind"], li["amount"]) for li in second["lines"]] == [("service", "100.00"), ("late_fee", "4.33")]
    assert second["lines"][1]["refers_to"] == first["id"]
    accounts = {p["account"]: p["amount"] for p in (await host.ledger(customer.id))[1]["postings"]}
    assert accounts["late_fee_revenue"] == "-4.33"
