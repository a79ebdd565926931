"""From draft to end: units reserved, number given, everybody told, over on its day (CB-26 to CB-47, CB-12)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from events.contracts import (
    ContractActivated,
    ContractAmended,
    ContractEnded,
    SiteOpened,
    UnitAssigned,
    UnitRegistered,
    UnitReleased,
)
from events.customers import CustomerChanged
from events.metering import ChannelOpened
from events.quotes import QuoteAccepted, QuotedItem
from support.contracting_host import ContractingHost, open_host
from support.one_service import OneService

MARCH = datetime(2025, 3, 1, 6, tzinfo=UTC)
JUNE = datetime(2025, 6, 1, 5, tzinfo=UTC)


async def test_an_activation_numbers_the_contract_assigns_its_units_and_tells_everybody(host: ContractingHost) -> None:
    unit_id = await host.unit()
    active = await host.active(unit_id, reference="house 7")
    assert (active["state"], active["unit_ids"], active["reference"]) == ("active", [unit_id], "house 7")
    assert active["number"].startswith("C-")
    told = next(e for e in await host.told(ContractActivated) if str(e.contract_id) == active["id"])
    assert (told.terms.number, told.terms.start_at, told.terms.end_at) == (active["number"], MARCH, None)
    assert [(r.from_at, r.rate_per_kwh) for r in told.terms.rates] == [(MARCH, "0.07")]
    assigned = next(e for e in await host.told(UnitAssigned) if str(e.unit_id) == unit_id)
    assert (str(assigned.contract_id), assigned.from_at) == (active["id"], MARCH)
    assert (await host.http.get(f"/v1/units/{unit_id}")).json()["state"] == "assigned"
    assert [e.code for e in await host.told(SiteOpened)] == ["AMA-1"]
    assert unit_id in [str(e.unit_id) for e in await host.told(UnitRegistered)]


async def test_blank_rate_and_currency_are_copied_from_the_defaults(service: OneService) -> None:
    host = await open_host(service, default_rate_per_kwh="0.065")
    made = await host.draft(rate_per_kwh=None)
    assert (made["currency"], made["terms"]["rates"][0]["rate_per_kwh"]) == ("USD", "0.065")
    await host.http.aclose()


async def test_a_unit_may_begin_later_than_its_contract(host: ContractingHost) -> None:
    one, later = await host.unit(), await host.unit()
    made = await host.draft(one, later)
    begins = {"assignments": [{"unit_id": later, "from_at": "2025-03-10T18:00:00Z"}]}
    await host.post(f"/v1/contracts/{made['id']}/activate", begins, status=200)
    held = (await host.http.get("/v1/assignments", params={"contract_id": made["id"]})).json()["items"]
    assert {h["unit_id"]: h["from_at"] for h in held} == {one: "2025-03-01T06:00:00Z", later: "2025-03-10T18:00:00Z"}


async def test_the_term_ends_the_contract_and_releases_its_units_on_its_day(service: OneService) -> None:
    host = await open_host(service)
    unit_id = await host.unit()
    active = await host.active(unit_id, end_on="2025-05-31")
    await host.wait_until(JUNE)
    (ended,) = await host.told(ContractEnded)
    assert (str(ended.contract_id), ended.end_at) == (active["id"], JUNE)
    (released,) = await host.told(UnitReleased)
    assert (str(released.unit_id), released.to_at) == (unit_id, JUNE)
    assert (await host.http.get(f"/v1/contracts/{active['id']}")).json()["state"] == "ended"
    again = await host.active(unit_id, start_on="2025-06-01")
    assert again["number"] == "C-000002"
    await host.http.aclose()


async def test_a_unit_of_a_contract_goes_on_with_the_next_one_without_a_gap(service: OneService) -> None:
    """The next contract is made while this one runs; a unit that would have come later than an early end never does."""
    host = await open_host(service)
    unit_id, late = await host.unit(), await host.unit()
    first = await host.active(unit_id, end_on="2025-05-31")
    await host.post("/v1/assignments", {"contract_id": first["id"], "unit_id": late, "from_at": "2025-05-20T00:00:00Z"})
    follows = await host.active(unit_id, start_on="2025-06-01")
    await host.moved(first, "end", {"end_on": "2025-05-10", "reason": "sold"})
    await host.wait_until(JUNE)
    assert (await host.read(f"/v1/contracts/{first['id']}"))["state"] == "ended"
    held = (await host.read("/v1/assignments", unit_id=unit_id))["items"]
    assert [(h["contract_id"], h["counts_to_at"]) for h in held] == [
        (first["id"], "2025-05-11T05:00:00Z"),
        (follows["id"], None),
    ]
    (never,) = (await host.read("/v1/assignments", unit_id=late))["items"]
    assert never["from_at"] == never["counts_to_at"]
    await host.http.aclose()


async def test_an_account_that_is_switched_off_gets_no_contract(service: OneService) -> None:
    """CM-07; a merged account is switched off too."""
    host = await open_host(service)
    made = await host.draft(await host.unit())
    off = CustomerChanged(
        customer_id=host.customer_id, version=2, name="Alpha", contact_email="a@alpha.example", is_active=False
    )
    await service.tell(host.id, off, at=host.clock_at)
    await service.settled(host.id)
    problem = await host.refused("POST", f"/v1/contracts/{made['id']}/activate", {})
    assert (problem["code"], problem["errors"][0]["field"]) == ("customer_inactive", "customer_id")
    await host.http.aclose()


async def test_a_contract_that_renews_goes_on_and_an_earlier_end_stops_it(service: OneService) -> None:
    host = await open_host(service)
    active = await host.active(await host.unit(), term="custom_days", term_days=30, auto_renew=True)
    await host.wait_until(datetime(2025, 5, 10, 12, tzinfo=UTC))
    renewed = await host.told(ContractAmended)
    assert len(renewed) >= 2
    assert await host.told(ContractEnded) == []
    await host.post(f"/v1/contracts/{active['id']}/end", {"end_on": "2025-05-14", "reason": "moved"}, status=200)
    await host.wait_until(datetime(2025, 5, 20, tzinfo=UTC))
    (ended,) = await host.told(ContractEnded)
    assert ended.end_at == datetime(2025, 5, 15, 5, tzinfo=UTC)
    await host.http.aclose()


async def test_a_new_rate_splits_the_rates_from_its_instant_on(host: ContractingHost) -> None:
    active = await host.active(await host.unit())
    body = {"effective_at": "2025-03-16T05:00:00Z", "rate_per_kwh": "0.08"}
    amended = await host.post(f"/v1/contracts/{active['id']}/amend", body, status=200)
    assert amended["version"] == active["version"] + 1
    told = next(e for e in await host.told(ContractAmended) if str(e.contract_id) == active["id"])
    assert [Decimal(r.rate_per_kwh) for r in told.terms.rates] == [Decimal("0.07"), Decimal("0.08")]
    corrected = await host.moved(active, "amend", body | {"rate_per_kwh": "0.09"})
    assert [r["rate_per_kwh"] for r in corrected["terms"]["rates"]] == ["0.07", "0.090000"]
    first = await host.moved(active, "amend", {"effective_at": active["start_at"], "rate_per_kwh": "0.065"})
    assert [r["rate_per_kwh"] for r in first["terms"]["rates"]] == ["0.065", "0.090000"]


async def test_a_released_unit_is_free_from_that_instant_on_and_not_before(host: ContractingHost) -> None:
    unit_id, spare = await host.unit(), await host.unit()
    first, second = await host.active(unit_id, await host.unit()), await host.active(spare)
    held = (await host.http.get("/v1/assignments", params={"unit_id": unit_id})).json()["items"][0]
    released = await host.post(f"/v1/assignments/{held['id']}/release", {"to_at": "2025-03-20T00:00:00Z"}, status=200)
    assert released["to_at"] == "2025-03-20T00:00:00Z"
    new = {"contract_id": second["id"], "unit_id": unit_id}
    early = await host.http.post("/v1/assignments", json=new | {"from_at": "2025-03-19T23:59:59Z"})
    assert (early.status_code, early.json()["code"]) == (409, "unit_already_assigned")
    await host.post("/v1/assignments", new | {"from_at": "2025-03-20T00:00:00Z"})
    told = [e for e in await host.told(UnitAssigned) if str(e.unit_id) == unit_id]
    assert [str(e.contract_id) for e in told] == [first["id"], second["id"]]


async def test_an_assignment_that_never_began_is_forgotten(host: ContractingHost) -> None:
    active, unit_id = await host.active(await host.unit()), await host.unit()
    new = {"contract_id": active["id"], "unit_id": unit_id, "from_at": "2025-03-20T00:00:00Z"}
    held = await host.post("/v1/assignments", new)
    await host.post(f"/v1/assignments/{held['id']}/release", {"to_at": "2025-03-19T00:00:00Z"}, status=200)
    assert (await host.http.get("/v1/assignments", params={"unit_id": unit_id})).json()["items"] == []
    released = next(e for e in await host.told(UnitReleased) if str(e.unit_id) == unit_id)
    assert released.to_at == datetime(2025, 3, 20, tzinfo=UTC)


async def test_a_unit_whose_outlet_was_taken_away_is_fed_no_more(host: ContractingHost) -> None:
    unit_id, channel_id = await host.unit(fed=False), uuid4()
    opened = ChannelOpened(channel_id=channel_id, unit_id=UUID(unit_id), pdu_id=uuid4(), outlet="A-1")
    closed = opened.model_copy(update={"to_at": host.clock_at})
    await host.service.tell(host.id, opened, closed, at=host.clock_at)
    await host.service.settled(host.id)
    made = await host.draft(unit_id)
    refused = await host.http.post(f"/v1/contracts/{made['id']}/activate", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "outlet_missing")


async def test_an_accepted_quote_becomes_a_draft(host: ContractingHost) -> None:
    accepted = QuoteAccepted(
        quote_id=uuid4(), number="Q-000007", customer_id=host.customer_id, fulfilment="host_stock",
        term="1_year", rate_per_kwh="0.072", currency="USD",
        items=[QuotedItem(name="S21", quantity=2, unit_price="3000")],
    )  # fmt: skip
    await host.service.tell(host.id, accepted, at=host.clock_at)
    await host.service.settled(host.id)
    drafts = (await host.http.get("/v1/contracts", params={"state": "draft"})).json()["items"]
    (made,) = [d for d in drafts if d["reference"] == "quote Q-000007"]
    assert (made["customer_id"], made["terms"]["rates"][0]["rate_per_kwh"]) == (str(host.customer_id), "0.072")


@pytest.mark.parametrize(
    "changes",
    [
        {"billing_methods": None, "rate_per_kwh": None, "fixed_monthly_per_unit": "150.00"},
        {"billing_methods": ["hash", "calculated"], "failover": {"mode": "market_hashprice", "percent": "90"}},
        {"failover": {"mode": "fixed_rate", "rate_per_kwh": "0.05"}, "power_cap_kw": "40", "cap_overage_rate": "0.1"},
        {"plan": "prepaid_31d"},
        {"extras": {"uptime": {"sla_percent": "95"}}},
        {"escalators": [{"percent": "3", "first_on": "2026-03-01", "every_months": 12}]},
        {"term": "1_year", "auto_renew": True},
    ],
)
async def test_what_is_agreed_is_read_back_as_it_was_written(host: ContractingHost, changes: dict[str, object]) -> None:
    made = await host.draft(**changes)
    read = (await host.http.get(f"/v1/contracts/{made['id']}")).json()
    assert read == made
    written = await host.put(f"/v1/contracts/{made['id']}", host.fields(**changes), made["version"])
    assert written["terms"] == made["terms"]
