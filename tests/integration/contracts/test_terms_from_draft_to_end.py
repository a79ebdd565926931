"""Each type of contract from its draft to its end, every fact in its place (issue 6 section 5, CB-05..25)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from events.contracts import ContractEnded
from support.contracting_host import ContractingHost, open_host
from support.one_service import OneService

SPEC = {"model": "S21", "hashrate_ths": "200", "efficiency_jth": "17.5"}
WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
INFINITY = {
    "type": "infinity", "billing_methods": None, "spec": SPEC, "quantity": 5, "wallet": WALLET,
    "connector_fee": {"percent": "4"},
}  # fmt: skip


@pytest_asyncio.fixture
async def fresh(service: OneService, mail_folder: tuple[Path, int]) -> AsyncIterator[ContractingHost]:
    opened = await open_host(service, mail_folder[0])
    yield opened
    await opened.http.aclose()


def days(month: int, day: int) -> datetime:
    return datetime(2025, month, day, 12, tzinfo=UTC)


async def test_hosted_renews_without_notice_and_ends_with_one(fresh: ContractingHost) -> None:
    """CB-09: 90 days, renewed once; reminded of the notice's last day, then of the end (60, 30, 7 days)."""
    host = fresh
    unit_id = await host.unit()
    terms = {"term": "custom_days", "term_days": 90, "auto_renew": True, "notice_days": 20}
    active = await host.active(unit_id, **terms)
    await host.wait_until(days(6, 20))
    given = await host.moved(active, "notice", {"given_on": "2025-06-20"})
    assert (given["standing"], given["renewal"]["ends_on"]) == ("notice_given", "2025-08-27")
    await host.wait_until(days(8, 29))
    assert await host.story() == [
        "ContractActivated",
        "ContractReminded notice_deadline 2025-05-09 in 60",
        "ContractReminded notice_deadline 2025-05-09 in 30",
        "ContractReminded notice_deadline 2025-05-09 in 7",
        "ContractAmended renewed 2025-08-27",
        "ContractReminded notice_deadline 2025-08-07 in 60",
        "ContractAmended notice_given 2025-08-27",
        "ContractNoticeGiven 2025-08-27",
        "ContractReminded end 2025-08-27 in 60",
        "ContractReminded end 2025-08-27 in 30",
        "ContractReminded end 2025-08-27 in 7",
        "ContractEnded term over",
        "UnitAssigned",
        "UnitReleased",
    ]
    assert len(host.subjects()) == 7
    assert host.subjects()[0] == "Contract C-000001: notice until 2025-05-09"
    told = (await host.read(f"/v1/contracts/{active['id']}/reminders"))["items"]
    assert [(r["about"], r["days_before"], r["mail_refused"]) for r in told][-1] == ("end", 7, None)
    assert all(r["mailed_at"] for r in told)
    assert (await host.read(f"/v1/units/{unit_id}"))["state"] == "unassigned"


async def test_a_lease_is_extended_three_times_and_not_a_fourth_and_its_machine_reverts(fresh: ContractingHost) -> None:
    """CB-12, CB-13, CB-15, CB-16."""
    host = fresh
    machine = await host.unit(customer_id=None)
    lease = await host.active(machine, type="lease", term="custom_days", term_days=30)
    ends = [(await host.moved(lease, "extend"))["end_on"] for _ in range(3)]
    assert ends == ["2025-04-29", "2025-05-29", "2025-06-28"]
    refused = await host.refused("POST", f"/v1/contracts/{lease['id']}/extend")
    assert (refused["code"], refused["status"]) == ("extensions_exhausted", 409)
    await host.wait_until(days(6, 30))
    story = await host.story()
    assert [s for s in story if "Amended" in s] == [f"ContractAmended extended {end}" for end in ends]
    assert story[-3:] == ["ContractEnded term over", "UnitAssigned", "UnitReleased"]
    stock = (await host.read("/v1/units/stock"))["items"]
    assert stock == [{"model": "S21", "state": "unassigned", "count": 1, "rated_kw": "3.5"}]
    again = await host.active(machine, type="lease", start_on="2025-07-01")
    assert again["number"] == "C-000002"


async def test_infinity_is_active_at_once_and_ends_with_its_term(fresh: ContractingHost) -> None:
    """CB-17 to CB-21: no machine, a spec, a wallet; CB-30: no renewal."""
    host = fresh
    made = await host.draft(**INFINITY, term="3_months")
    ready = await host.post(f"/v1/contracts/{made['id']}/validate?step=activation", {}, status=200)
    assert (ready["is_ready"], ready["problems"]) == (True, [])
    active = await host.moved(made, "activate")
    assert active["terms"]["connector_fee"] == {"percent": "4", "basis": "expected_revenue"}
    await host.wait_until(days(6, 2))
    story = await host.story()
    assert (story[0], story[-1]) == ("ContractActivated", "ContractEnded term over")
    assert [s for s in story if "Reminded" in s] == [f"ContractReminded end 2025-05-31 in {n}" for n in (60, 30, 7)]


async def test_om_serves_sites_and_goes_on_month_by_month_until_notice(fresh: ContractingHost) -> None:
    """CB-22 to CB-25, X8: a term, then months; a site is added from a day on."""
    host = fresh
    second = {"name": "Lubbock", "code": "LBB-1", "timezone": "America/Chicago", "capacity_kw": "900"}
    other = (await host.post("/v1/sites", second))["id"]
    sites: list[dict[str, Any]] = [{"site_id": host.site_id, "fee_monthly": "4500.00"}]
    terms: dict[str, Any] = {"type": "om", "billing_methods": None, "rate_per_kwh": None, "sites": sites}
    terms |= {"term": "3_months", "auto_renew": True, "renews_by": "month", "notice_days": 10}
    made = await host.draft(**terms)
    active = await host.moved(made, "activate")
    sites.append({"site_id": other, "fee_monthly": "800.00", "from_on": "2025-04-01"})
    await host.moved(active, "amend", {"effective_at": "2025-04-01T05:00:00Z", "sites": sites})
    await host.wait_until(days(6, 20))
    await host.moved(active, "notice", {"given_on": "2025-06-20"})
    await host.wait_until(days(7, 2))
    assert await host.story() == [
        "ContractActivated",
        "ContractAmended amended 2025-05-31",
        "ContractReminded notice_deadline 2025-05-21 in 60",
        "ContractReminded notice_deadline 2025-05-21 in 30",
        "ContractReminded notice_deadline 2025-05-21 in 7",
        "ContractAmended renewed 2025-06-30",
        "ContractReminded notice_deadline 2025-06-20 in 7",
        "ContractAmended notice_given 2025-06-30",
        "ContractNoticeGiven 2025-06-30",
        "ContractReminded end 2025-06-30 in 7",
        "ContractEnded term over",
    ]


async def test_an_early_end_brings_its_fee_and_the_deposit_back_once(fresh: ContractingHost) -> None:
    """Deposit and exit fee become charges of invoicing, each with an id that a repetition shares."""
    host = fresh
    terms = {"term": "1_year", "deposit": "1500.00", "exit_fee": {"mode": "per_month", "amount": "100.00"}}
    active = await host.active(await host.unit(), **terms)
    cut = await host.moved(active, "end", {"end_on": "2025-04-30", "reason": "moves away"})
    assert cut["particulars"]["early_end"]["agreed_end_on"] == "2026-02-28"
    await host.moved(active, "end", {"end_on": "2025-05-31", "reason": "moves later"})
    await host.wait_until(days(6, 2))
    assert [s for s in await host.story() if s.startswith(("Charge", "ContractEnded"))] == [
        "ChargeAgreed deposit 1500.00",
        "ContractEnded moves later",
        "ChargeAgreed early_termination 900.00",
        "ChargeAgreed deposit_return -1500.00",
    ]


async def test_the_past_is_kept_version_by_version(fresh: ContractingHost) -> None:
    """An amendment adds a version; what was agreed before stays readable, with who, when and why."""
    host = fresh
    active = await host.active(await host.unit(), term="1_year")
    body = {"effective_at": "2025-06-01T05:00:00Z", "rate_per_kwh": "0.08", "reason": "new tariff"}
    await host.moved(active, "amend", body)
    clauses = [{"title": "Access", "text": "Days only."}]
    await host.moved(active, "amend", {"effective_at": "2025-07-01T05:00:00Z", "clauses": clauses})
    await host.moved(active, "suspend", {"reason": "repairs"})
    resting = await host.read(f"/v1/contracts/{active['id']}")
    assert (resting["state"], resting["standing"]) == ("suspended", "suspended")
    assert (await host.refused("POST", f"/v1/contracts/{active['id']}/suspend", {"reason": "x"}))["status"] == 409
    gate = await host.read(f"/v1/contracts/{active['id']}/energize-gate")
    assert gate["units"][0]["missing"] == ["the contract is suspended"]
    await host.moved(active, "resume")
    versions = (await host.read(f"/v1/contracts/{active['id']}/versions"))["items"]
    assert [v["change"] for v in versions] == ["activated", "amended", "amended", "suspended", "resumed"]
    assert (versions[1]["reason"], versions[1]["by"]) == ("new tariff", "user:test")
    assert [len(v["agreement"]["amendments"]) for v in versions] == [0, 1, 1, 1, 1]
    assert versions[0]["agreement"]["clauses"] == []
    assert await host.told(ContractEnded) == []
