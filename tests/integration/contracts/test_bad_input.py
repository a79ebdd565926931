"""Issue 6, section 6: what is wrong with a contract is said in a sentence that names the field and what is right."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from support.contracting_host import ContractingHost

SPEC = {"model": "S21", "hashrate_ths": "200", "efficiency_jth": "17.5"}
FEE = {"percent": "4"}
WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
INFINITY = {"type": "infinity", "billing_methods": None, "spec": SPEC, "quantity": 5, "connector_fee": FEE}
OM = {"type": "om", "billing_methods": None, "rate_per_kwh": None}
FIXED = {"fixed_monthly_per_unit": "100.00", "billing_methods": None, "rate_per_kwh": None}
REVERSED = {"site_id": "00000000-0000-0000-0000-000000000001", "fee_monthly": "1", "from_on": "2025-05-02",
            "to_on": "2025-05-01"}  # fmt: skip
NOBODY = "00000000-0000-0000-0000-000000000001"
STEEP = {"percent": "300", "first_on": "2026-03-01"}
MID = {"effective_at": "2025-03-16T00:00:00Z"}
EARLIER = {"effective_at": "2024-03-16T00:00:00Z", "rate_per_kwh": "0.08"}
NEVER = {"mode": "commitment", "percent": "50"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"term": "1_year", "term_days": 30}, "term_out_of_range", "term_days"),
        ({"term": "custom_days"}, "term_out_of_range", "term_days"),
        ({"term": "custom_days", "term_days": 0}, "term_out_of_range", "term_days"),
        ({"term": "1_year", "end_on": "2025-02-28"}, "end_before_start", "end_on"),
        ({"term": "4_years"}, "invalid_request", "term"),
        ({"start_on": "yesterday"}, "invalid_request", "start_on"),
        ({"customer_id": NOBODY}, "not_found", "customer_id"),
        ({"customer_id": ""}, "invalid_request", "customer_id"),
        ({"site_id": NOBODY}, "not_found", "site_id"),
        ({"type": "lease", "auto_renew": True}, "auto_renew_not_allowed", "auto_renew"),
        (INFINITY | {"wallet": WALLET, "auto_renew": True}, "auto_renew_not_allowed", "auto_renew"),
        (INFINITY | {"wallet": WALLET, "sites": []}, "field_not_of_type", "sites"),
        (INFINITY | {"wallet": WALLET[:-1] + "x"}, "bad_wallet_address", "wallet"),
        (INFINITY, "field_missing", "wallet"),
        (INFINITY | {"wallet": WALLET, "quantity": 0}, "quantity_out_of_range", "quantity"),
        (INFINITY | {"wallet": WALLET, "plan": "prepaid_31d"}, "plan_not_allowed", "plan"),
        (OM | {"failover": {"mode": "fixed_rate", "rate_per_kwh": "0.05"}}, "field_not_of_type", "failover"),
        (OM | {"power_cap_kw": "5"}, "field_not_of_type", "power_cap_kw"),
        (INFINITY | {"wallet": WALLET, "power_cap_kw": "5"}, "field_not_of_type", "power_cap_kw"),
        (FIXED | {"failover": {"mode": "fixed_rate", "rate_per_kwh": "0.05"}}, "field_not_of_type", "failover"),
        (FIXED | {"rate_per_kwh": "0.05"}, "field_not_of_type", "rate_per_kwh"),
        (OM | {"sites": [REVERSED]}, "site_days_reversed", "sites.to_on"),
        ({"deposit_opens_gate": True}, "field_missing", "deposit"),
        ({"start_on": "9999-12-31"}, "invalid_request", "start_on"),
        ({"end_on": "9999-12-31"}, "invalid_request", "end_on"),
        (OM | {"sites": [{"site_id": NOBODY, "fee_monthly": "1.00"}]}, "not_found", "sites"),
        (OM | {"sites": [{"site_id": NOBODY, "fee_monthly": "-1.00"}]}, "amount_negative", "sites.fee_monthly"),
        ({"fixed_monthly_per_unit": "150.00"}, "methods_and_fixed_amount", "fixed_monthly_per_unit"),
        ({"fixed_monthly_per_unit": "1.005", "billing_methods": None}, "bad_amount", "fixed_monthly_per_unit"),
        ({"billing_methods": ["metered", "metered"]}, "methods_invalid", "billing_methods"),
        ({"cap_overage_rate": "0.09"}, "power_out_of_range", "cap_overage_rate"),
        ({"power_cap_kw": "0"}, "power_out_of_range", "power_cap_kw"),
        ({"rate_per_kwh": "7.5e1"}, "bad_amount", "rate_per_kwh"),
        ({"rate_per_kwh": "75"}, "rate_out_of_range", "rate_per_kwh"),
        ({"rate_per_kwh": 0.07}, "invalid_request", "rate_per_kwh"),
        ({"currency": "DOGE"}, "invalid_request", "currency"),
        ({"currency": "XXX"}, "bad_amount", "currency"),
        ({"notice_days": -1, "auto_renew": True}, "notice_window_out_of_range", "notice_days"),
        ({"notice_days": 400}, "notice_window_out_of_range", "notice_days"),
        ({"max_extensions": 100}, "extension_limit_out_of_range", "max_extensions"),
        ({"deposit": "0"}, "deposit_empty", "deposit"),
        ({"deposit": "10.001"}, "bad_amount", "deposit"),
        ({"exit_fee": {"mode": "fixed"}}, "exit_fee_incomplete", "exit_fee"),
        ({"exit_fee": NEVER}, "exit_fee_not_allowed", "exit_fee"),
        ({"exit_fee": {"mode": "guess", "amount": "1"}}, "invalid_request", "exit_fee.mode"),
        ({"clauses": [{"title": "", "text": "x"}]}, "text_not_possible", "clauses.title"),
        ({"clauses": [{"title": "A", "text": "x\x00y"}]}, "invalid_request", "clauses.0.text"),
        ({"clauses": [{"title": "A", "text": "x"}] * 2}, "clauses_invalid", "clauses"),
        ({"escalators": [{"percent": "3", "first_on": "2025-03-01"}]}, "escalator_out_of_range", "escalators"),
        ({"escalators": [STEEP]}, "escalator_out_of_range", "escalators.percent"),
        ({"index_escalators": [{"reference": "100", "values": []}]}, "invalid_request", "index_escalators.0.values"),
        ({"extras": {"uptime": {"sla_percent": "101"}}}, "percent_out_of_range", "uptime.sla_percent"),
        ({"reference": "x" * 81}, "invalid_request", "reference"),
        ({"reference": "a\u0007b"}, "invalid_request", "reference"),
        ({"reference": "<b>bold</b>"}, "invalid_request", "reference"),
        ({"reference": "  "}, "invalid_request", "reference"),
        ({"colour": "red"}, "invalid_request", "colour"),
    ],
)  # fmt: skip
async def test_a_draft_says_what_is_wrong_with_it(
    host: ContractingHost, changes: dict[str, Any], code: str, field: str
) -> None:
    problem = await host.refused("POST", "/v1/contracts", host.fields(**changes))
    assert (problem["code"], [e["field"] for e in problem["errors"]]) == (code, [field]), problem


@pytest.mark.parametrize(
    ("path", "changes", "field"),
    [
        ("/v1/sites", {"timezone": "America/Amarillo"}, "timezone"),
        ("/v1/sites", {"timezone": "CST6"}, "timezone"),
        ("/v1/sites", {"name": ""}, "name"),
        ("/v1/sites", {"name": "x" * 121}, "name"),
        ("/v1/sites", {"city": "<script>"}, "city"),
        ("/v1/sites", {"country": "USA"}, "country"),
        ("/v1/sites", {"country": "us"}, "country"),
        ("/v1/sites", {"capacity_kw": "0"}, "capacity_kw"),
        ("/v1/sites", {"energy_rate": "-0.01"}, "energy_rate"),
        ("/v1/units", {"serial": "СН-77"}, "serial"),
        ("/v1/units", {"serial": "a\tb"}, "serial"),
        ("/v1/units", {"mac": "aa:bb:cc"}, "mac"),
        ("/v1/units", {"name": "\u202egnp"}, "name"),
        ("/v1/units", {"rated_w": "-1"}, "rated_w"),
        ("/v1/units", {"efficiency_jth": "0"}, "efficiency_jth"),
        ("/v1/units", {"state": "assigned"}, "state"),
        ("/v1/units", {"rating_source": "hearsay"}, "rating_source"),
        ("/v1/units", {"place_id": NOBODY}, "place_id"),
        ("/v1/units", {"site_id": NOBODY}, "site_id"),
    ],
)
async def test_a_site_or_machine_says_what_is_wrong_with_it(
    host: ContractingHost, path: str, changes: dict[str, Any], field: str
) -> None:
    site = {"name": "B", "code": f"B-{uuid4().hex[:6]}", "timezone": "America/Chicago", "capacity_kw": "10"}
    unit = {"name": uuid4().hex, "model": "S21", "site_id": host.site_id, "rated_w": "3500", "rated_ths": "200"}
    problem = await host.refused("POST", path, (site if path == "/v1/sites" else unit) | changes)
    assert [e["field"] for e in problem["errors"]] == [field], problem


async def test_what_keeps_a_draft_from_activation_is_named_step_by_step(
    host: ContractingHost, other: ContractingHost
) -> None:
    """Activation without units, a machine without an outlet, O&M without a site: all of it at once (wizard)."""
    made = await host.draft(end_on="2025-02-28", start_on="2025-02-01")
    path = f"/v1/contracts/{made['id']}/validate"
    terms = await host.post(f"{path}?step=terms", {}, status=200)
    assert [(p["code"], p["field"]) for p in terms["problems"]] == [("contract_over", "end_on")]
    equipment = await host.post(f"{path}?step=equipment", {}, status=200)
    assert [(p["code"], p["field"]) for p in equipment["problems"]] == [("units_missing", "unit_ids")]
    both = await host.post(f"{path}?step=activation", {}, status=200)
    assert [p["code"] for p in both["problems"]] == ["contract_over", "units_missing"]
    unfed = await host.draft(await host.unit(fed=False), await host.unit(fed=False))
    found = await host.post(f"/v1/contracts/{unfed['id']}/validate?step=equipment", {}, status=200)
    assert [p["code"] for p in found["problems"]] == ["outlet_missing"] * 2
    assert all(p["remedy"] for p in found["problems"])
    bare = await host.draft(**OM)
    refused = await host.refused("POST", f"/v1/contracts/{bare['id']}/activate", {})
    assert (refused["code"], refused["errors"][0]["field"]) == ("sites_missing", "sites")
    unknown = await host.refused("POST", f"{path}?step=payment", {})
    assert unknown["errors"][0]["field"] == "step"


async def test_a_machine_that_cannot_be_taken_is_named(host: ContractingHost, other: ContractingHost) -> None:
    """Infinity with units, another organization's machine, one reserved elsewhere, one that is away."""
    reserved = await host.unit()
    holder = await host.draft(reserved, reference="the holder")
    foreign, away = await other.unit(), await host.unit(state="received")
    infinity = await host.draft(**INFINITY, wallet=WALLET)
    draft = await host.draft()
    cases = [
        (infinity, await host.unit(), "units_not_allowed"),
        (draft, foreign, "not_found"),
        (draft, reserved, "unit_reserved"),
        (draft, away, "unit_not_selectable"),
        (draft, await host.unit(customer_id=None), "unit_belongs_to_another"),
    ]
    for contract, unit_id, code in cases:
        path = f"/v1/contracts/{contract['id']}/units"
        problem = await host.refused("PUT", path, {"unit_ids": [unit_id]}, version=contract["version"])
        assert (problem["code"], problem["errors"][0]["field"]) == (code, "unit_ids"), problem
        if code == "unit_reserved":
            assert holder["id"] in problem["detail"]


@pytest.mark.parametrize(
    ("move", "body", "code", "field"),
    [
        ("amend", {"effective_at": "2025-03-16T00:00:00Z"}, "amendment_empty", "rate_per_kwh"),
        ("amend", {"effective_at": "2025-03-16", "rate_per_kwh": "0.08"}, "invalid_request", "effective_at"),
        ("amend", EARLIER, "amendment_outside_contract", "effective_at"),
        ("amend", {"effective_at": "2025-03-16T00:00:00Z", "rate_per_kwh": "-1"}, "rate_out_of_range", "rate_per_kwh"),
        ("amend", MID | {"plan": "prepaid_31d"}, "invalid_request", "plan"),
        ("amend", MID | {"billing_methods": ["hash", "hash"]}, "methods_invalid", "billing_methods"),
        ("amend", MID | {"failover": {"mode": "fixed_rate"}}, "field_missing", "failover.rate_per_kwh"),
        ("amend", MID | {"cap_overage_rate": "0.1"}, "power_out_of_range", "cap_overage_rate"),
        ("amend", MID | {"fixed_monthly_per_unit": "9"}, "term_not_of_contract", "fixed_monthly_per_unit"),
        ("amend", MID | {"wallet": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx"}, "bad_wallet_address", "wallet"),
        ("amend", MID | {"extras": {"uptime": {"sla_percent": "101"}}}, "percent_out_of_range", "uptime.sla_percent"),
        ("amend", MID | {"drops": ["rate_per_kwh"]}, "invalid_request", "drops.0"),
        ("amend", MID | {"exit_fee": {"mode": "commitment", "percent": "9"}}, "exit_fee_not_allowed", "exit_fee"),
        ("amend", MID | {"issuing_entity_id": str(UUID(int=1))}, "not_found", "issuing_entity_id"),
        ("amend", {"effective_at": "2025-03-16T00:00:00Z", "max_extensions": 5}, "not_a_lease", "max_extensions"),
        ("end", {"end_on": "2025-02-01", "reason": "x"}, "end_before_start", "end_on"),
        ("end", {"end_on": "2025-04-01", "reason": ""}, "invalid_request", "reason"),
        ("extend", None, "not_a_lease", "type"),
        ("notice", {"given_on": "2024-03-01"}, "notice_before_start", "given_on"),
        ("notice/withdraw", {"on": "2025-03-05"}, "notice_not_needed", "on"),
        ("resume", None, "not_suspended", "state"),
        ("suspend", {"reason": "a\u0000"}, "invalid_request", "reason"),
    ],
)  # fmt: skip
async def test_a_move_that_makes_no_sense_is_refused(
    running: tuple[ContractingHost, str], move: str, body: Any, code: str, field: str
) -> None:
    host, contract_id = running
    problem = await host.refused("POST", f"/v1/contracts/{contract_id}/{move}", body)
    assert (problem["code"], [e["field"] for e in problem["errors"]]) == (code, [field]), problem


@pytest.fixture
async def running(host: ContractingHost, known: dict[str, str]) -> tuple[ContractingHost, str]:
    """One contract in force for all the moves that are refused."""
    if "id" not in known:
        known["id"] = (await host.active(await host.unit()))["id"]
    return host, known["id"]


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    return {}
