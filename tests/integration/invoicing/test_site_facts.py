"""Market prices, site events and utility bills: recorded, priced, and repriced when they change (rules 4, 7.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from common.clock import day_start, instant_text
from events.metering import DownSpan, Quarter
from support.billed_house import APRIL, LAST_DAYS, ZONE, Billed, Host, used

DAY = day_start(LAST_DAYS[1], ZONE)


def _price(hour: int, per_mwh: str, hours: int = 1) -> dict[str, str]:
    from_at = DAY + timedelta(hours=hour)
    to_at = from_at + timedelta(hours=hours)
    return {"from_at": instant_text(from_at), "to_at": instant_text(to_at), "per_mwh": per_mwh}


async def _customer(host: Host, extras: dict[str, Any], **usage: Any) -> Billed:
    """A contract with settings and one unit that used 1,000 kWh on the last day of March."""
    customer_id = await host.customer()
    contract_id, units = await host.contract(customer_id, extras=extras)
    await host.tell(used(contract_id, customer_id, units[0], LAST_DAYS[1], "1000", **usage))
    await host.close(LAST_DAYS[1:])
    return Billed(customer_id, contract_id, units)


async def _lines(host: Host, customer: Billed) -> list[tuple[str, str]]:
    invoice = (await host.invoices(customer_id=customer.id))[-1]
    return [(li["kind"], li["amount"]) for li in invoice["lines"]]


async def test_the_markets_price_is_passed_on_and_resettled_by_a_later_version(host: Host) -> None:
    quarters = [
        Quarter(starts_at=DAY + timedelta(hours=1), by_method={"metered": "400"}),
        Quarter(starts_at=DAY + timedelta(hours=2), by_method={"metered": "600"}),
    ]
    customer = await _customer(host, {"market_price": {"market": "HB_WEST"}}, quarters=quarters)
    preview = {"period": "2025-03", "customer_id": str(customer.id)}
    assert (await host.do("/v1/invoices/preview", 422, **preview))["code"] == "no_market_price"
    await host.do("/v1/market-prices", 201, market="HB_WEST", rows=[_price(1, "50"), _price(2, "-10")])
    await host.until(APRIL)
    assert await _lines(host, customer) == [("energy", "80.00"), ("market_energy", "14.00")]
    await host.do("/v1/market-prices", 201, market="HB_WEST", rows=[_price(2, "-5")])
    await host.do("/v1/market-prices", 201, market="OTHER", rows=[_price(2, "99")])
    await host.april_is_over()
    assert await _lines(host, customer) == [("adjustment", "3.00")]
    listed = await host.http.get(
        "/v1/market-prices",
        params={"market": "HB_WEST", "from_at": instant_text(DAY), "to_at": instant_text(DAY + timedelta(days=1))},
    )
    assert [row["per_mwh"] for row in listed.json()["items"]] == ["50", "-5"]


async def test_impossible_prices_are_refused_and_nothing_is_stored(host: Host) -> None:
    await host.do("/v1/market-prices", 201, market="M", rows=[_price(1, "50", 2)])
    off = _price(5, "1") | {"from_at": instant_text(DAY + timedelta(hours=5, minutes=7))}
    for rows, code in (
        ([_price(2, "50")], "prices_overlap"),
        ([_price(4, "1", 3), _price(5, "1")], "prices_overlap"),
        ([off], "price_off_the_grid"),
        ([_price(6, "1", 0)], "event_ends_before_start"),
        ([_price(6, "1e400")], "invalid_request"),
        ([_price(6, "99999999")], "terms_refused"),
    ):
        assert (await host.do("/v1/market-prices", 422, market="M", rows=rows))["code"] == code
    found = await host.http.get(
        "/v1/market-prices",
        params={"market": "M", "from_at": instant_text(DAY), "to_at": instant_text(DAY + timedelta(days=1))},
    )
    assert len(found.json()["items"]) == 1


async def test_excused_down_time_lowers_an_uptime_credit_and_comes_late_as_a_correction(host: Host) -> None:
    down = DownSpan(from_at=DAY, to_at=DAY + timedelta(hours=6))
    customer = await _customer(
        host, {"uptime": {"sla_percent": "95"}}, down_spans=[down], up_hours="18", down_hours="6"
    )
    await host.until(APRIL)
    (energy, credit) = await _lines(host, customer)
    assert (energy, credit) == (("energy", "80.00"), ("uptime_credit", "-16.00"))
    event = {
        "kind": "excused", "excused": "utility", "from_at": instant_text(DAY),
        "to_at": instant_text(DAY + timedelta(hours=6)), "unit_ids": [str(customer.units[0])],
    }  # fmt: skip
    made = await host.do("/v1/site-events", 201, **event)
    await host.april_is_over()
    assert await _lines(host, customer) == [("adjustment", "16.00")]
    shorter = event | {"to_at": instant_text(DAY + timedelta(hours=3)), "replaces": made["id"]}
    await host.do("/v1/site-events", 201, **shorter)
    refused = await host.do("/v1/site-events", 409, **shorter)
    assert refused["code"] == "replaced_before"
    preview = await host.do("/v1/invoices/preview", period="2025-05", customer_id=str(customer.id))
    assert [li["kind"] for li in preview["invoices"][0]["lines"]] == ["adjustment"]


async def test_curtailed_energy_is_credited(host: Host) -> None:
    customer = await _customer(host, {"curtailment": {"credit_per_kwh": "0.05"}})
    event = {"from_at": instant_text(DAY), "to_at": instant_text(DAY + timedelta(hours=2)), "kind": "curtailment"}
    await host.do("/v1/site-events", 201, **event, programme="4CP")
    await host.until(APRIL)
    assert await _lines(host, customer) == [("energy", "80.00"), ("curtailment", "-0.35")]
    for changes, field in (
        ({"kind": "excused"}, "body"),
        ({"proceeds": "many"}, "proceeds"),
        ({"to_at": event["from_at"]}, "to_at"),
    ):
        refused = await host.do("/v1/site-events", 422, **event | changes)
        assert [error["field"] for error in refused["errors"]] == [field]


async def test_a_sites_loss_is_shared_by_metered_energy_and_follows_late_reads(host: Host) -> None:
    first = await _customer(host, {"utility_loss": {}})
    second_id = await host.customer("Basin")
    second, units = await host.contract(second_id, extras={"utility_loss": {}}, site_id=host.site_of(first.units[0]))
    await host.tell(used(second, second_id, units[0], LAST_DAYS[1], "3000"))
    await host.close(LAST_DAYS[1:])
    bill = {
        "site_id": str(host.site_of(first.units[0])), "from_at": instant_text(day_start(date(2025, 3, 1), ZONE)),
        "to_at": instant_text(day_start(date(2025, 4, 1), ZONE)), "energy_kwh": "4400",
    }  # fmt: skip
    answer = await host.do("/v1/utility-bills", 201, **bill)
    assert (answer["metered_kwh"], answer["loss_kwh"], answer["variance_band"]) == ("4000.000", "400.000", "yellow")
    assert [share["loss_kwh"] for share in answer["shares"]] == ["100.000", "300.000", "0.000"]
    assert (await host.do("/v1/utility-bills", 422, **bill))["errors"][0]["field"] == "from_at"
    await host.until(APRIL)
    assert await _lines(host, first) == [("energy", "80.00"), ("utility_loss", "8.00")]
    await host.tell(used(second, second_id, units[0], LAST_DAYS[1], "3200", revision=2))
    await host.april_is_over()
    assert await _lines(host, first) == [("adjustment", "-4.19")]
    assert (await host.http.get(f"/v1/utility-bills/{answer['id']}")).json()["loss_kwh"] == "200.000"
