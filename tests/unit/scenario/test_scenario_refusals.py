"""Files that no billing case can be: exit code 2, the field named, what would be right (issue 4 sections 2 and 6)."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from hostbook.scenario.refusals import BadScenario
from hostbook.scenario.run import PASSED, UNREADABLE, judged

GOOD: dict[str, Any] = {
    "scenario": "good",
    "organization": {"timezone": "UTC", "billing_day": 1, "currency": "USD", "due_days": 15, "tax": {"energy": "5"}},
    "customers": {"A": {"credit": "0.00"}},
    "contracts": [
        {
            "id": "C1",
            "customer": "A",
            "type": "hosted",
            "start": "2025-01-01",
            "end": None,
            "plan": "usage",
            "rate_per_kwh": "0.075",
            "billing_methods": ["metered"],
        },
        {
            "id": "C2",
            "customer": "A",
            "type": "infinity",
            "start": "2025-01-01",
            "end": None,
            "rate_per_kwh": "0.075",
            "spec": {"model": "S21", "ths": "200", "jth": "17.5"},
            "quantity": 1,
        },
        {"id": "C3", "customer": "A", "type": "om", "start": "2025-01-01", "sites": [{"id": "S1", "monthly": "10.00"}]},
        {"id": "C4", "customer": "A", "type": "hosted", "start": "2025-01-01", "fixed_monthly_per_unit": "10.00"},
    ],
    "units": [
        {
            "id": "u1",
            "rated_w": 3500,
            "rated_ths": "200",
            "efficiency_jth": "17.5",
            "assignments": [{"contract": "C1", "from": "2025-01-01T00:00:00Z", "to": "2025-01-20T00:00:00Z"}],
        }
    ],
    "channels": [{"id": "p1", "outlet": "o1", "unit": "u1", "modulus_kwh": "100000", "tick_kwh": "0.001"}],
    "reads": {"p1": [["2025-01-01T00:00:00Z", "5"], ["2025-01-02T00:00:00Z", "15"]]},
    "telemetry": {"u1": [["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "200", "hashing"]]},
    "hashprice": [["2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z", "50"]],
    "charges": [
        {"contract": "C1", "on": "2025-01-05", "description": "x", "quantity": "1", "unit_price": "5", "tax_code": "t"}
    ],
    "pool_revenue": [
        {
            "contract": "C2",
            "from": "2025-01-01T00:00:00Z",
            "to": "2025-01-02T00:00:00Z",
            "btc": "0.00000001",
            "price": "1",
        }
    ],
    "steps": [{"invoice": "2025-01"}],
}

NOW = "2025-01-05T00:00:00Z"
OTHER = {"contract": "C4", "from": NOW, "to": None}
TWIN = {"id": "p2", "outlet": "o1", "unit": "u1", "modulus_kwh": "100000", "tick_kwh": "0.001"}

BAD: list[tuple[str, object, str]] = [
    ("organization.timezone", "Mars/Olympus", "organization.timezone"),
    ("organization.billing_day", 29, "organization.billing_day"),
    ("organization.billing_day", "1", "organization.billing_day"),
    ("organization.due_days", -1, "organization.due_days"),
    ("organization.due_days", True, "organization.due_days"),
    ("organization.currency", "XYZ", "organization.currency"),
    ("organization.tax", {"energy": "100.01"}, "organization.tax.energy"),
    ("organization.tax", {"energy": "-1"}, "organization.tax.energy"),
    ("organization.tax", [], "organization.tax"),
    ("organization.tax_inclusive", "yes", "organization.tax_inclusive"),
    ("organization.reset_estimate", "median", "organization.reset_estimate"),
    ("organization.late_fee", {"mode": "flat"}, "organization.late_fee"),
    ("organization.late_fee", {"mode": "weekly", "percent": "1"}, "organization.late_fee.mode"),
    ("organization.late_fee", {"mode": "flat", "amount": "-1"}, "organization.late_fee.amount"),
    ("organization.holiday", 1, "organization.holiday"),
    ("customers.A.credit", "1.001", "customers.A.credit"),
    ("customers.A.credit", "-1", "customers.A.credit"),
    ("customers.A.credit", "NaN", "customers.A.credit"),
    ("customers.A.hold", 1, "customers.A.hold"),
    ("customers.A.name", "x", "customers.A.name"),
    ("contracts.0.customer", "Z", "contracts[0].customer"),
    ("contracts.0.type", "colo", "contracts[0].type"),
    ("contracts.0.plan", "postpaid", "contracts[0].plan"),
    ("contracts.0.end", "2024-12-31", "contracts[0].end"),
    ("contracts.0.start", "2025-02-30", "contracts[0].start"),
    ("contracts.0.start", "20250101", "contracts[0].start"),
    ("contracts.0.rate_per_kwh", "-0.05", "contracts[0].rate_per_kwh"),
    ("contracts.0.rate_per_kwh", "1000", "contracts[0].rate_per_kwh"),
    ("contracts.0.rate_per_kwh", "1e400", "contracts[0].rate_per_kwh"),
    ("contracts.0.rate_per_kwh", "0.0000001", "contracts[0].rate_per_kwh"),
    ("contracts.0.rate_per_kwh", None, "contracts[0].rate_per_kwh"),
    ("contracts.0.rate_per_kwh", ["0.1"], "contracts[0].rate_per_kwh"),
    ("contracts.0.rates", [["2025-01-05", "0.1"]], "contracts[0].rates[0][0]"),
    ("contracts.0.rates", [[NOW, "0.1"], [NOW, "0.2"]], "contracts[0].rates[1][0]"),
    ("contracts.0.rates", [[NOW]], "contracts[0].rates[0]"),
    ("contracts.0.billing_methods", ["metered", "metered"], "contracts[0].billing_methods"),
    ("contracts.0.billing_methods", ["guess"], "contracts[0].billing_methods[0]"),
    ("contracts.0.billing_methods", [], "contracts[0].billing_methods"),
    ("contracts.0.fixed_monthly_per_unit", "5.00", "contracts[0].billing_methods"),
    ("contracts.3.fixed_monthly_per_unit", "5.001", "contracts[3].fixed_monthly_per_unit"),
    ("contracts.3.fixed_monthly_per_unit", "-5", "contracts[3].fixed_monthly_per_unit"),
    ("contracts.0.currency", "usd", "contracts[0].currency"),
    ("contracts.0.failover", {"mode": "fixed_rate", "percent": "5"}, "contracts[0].failover.rate_per_kwh"),
    ("contracts.0.failover", {"mode": "fixed_rate", "rate_per_kwh": "-1"}, "contracts[0].failover.rate_per_kwh"),
    ("contracts.1.failover", {"mode": "fixed_rate", "rate_per_kwh": "1"}, "contracts[1].failover"),
    ("contracts.0.cap_overage_rate", "0.5", "contracts[0].cap_overage_rate"),
    ("contracts.0.power_cap_kw", "-5", "contracts[0].power_cap_kw"),
    ("contracts.0.efficiency_jth", "-1", "contracts[0].efficiency_jth"),
    ("contracts.0.prepaid", {"cycle": "fixed_31d"}, "contracts[0].prepaid"),
    ("contracts.1.spec", None, "contracts[1].quantity"),
    ("contracts.1.spec", {"ths": "200"}, "contracts[1].spec.jth"),
    ("contracts.1.quantity", -1, "contracts[1].quantity"),
    ("contracts.1.connector_fee", {"percent": "101"}, "contracts[1].connector_fee.percent"),
    ("contracts.1.connector_fee", {"percent": "5", "basis": "rent"}, "contracts[1].connector_fee.basis"),
    ("contracts.2.sites", [], "contracts[2].sites"),
    ("contracts.2.sites.0.monthly", "1.001", "contracts[2].sites[0].monthly"),
    ("contracts.1.id", "C1", "contracts"),
    ("units.0.rated_w", -1, "units[0].rated_w"),
    ("units.0.rated_w", "NaN", "units[0].rated_w"),
    ("units.0.rated_ths", True, "units[0].rated_ths"),
    ("units.0.assignments.0.contract", "C9", "units[0].assignments[0].contract"),
    ("units.0.assignments.0.contract", "C2", "units[0].assignments[0].contract"),
    ("units.0.assignments.0.to", "2024-01-01T00:00:00Z", "units[0].assignments[0].to"),
    ("units.0.assignments.0.from", "2025-01-01T00:00:00", "units[0].assignments[0].from"),
    ("units.0.assignments.1", OTHER, "units[0].assignments"),
    ("channels.0.unit", "u9", "channels[0].unit"),
    ("channels.0.modulus_kwh", "0", "channels[0].modulus_kwh"),
    ("channels.0.tick_kwh", "-1", "channels[0].tick_kwh"),
    ("channels.1", TWIN, "channels"),
    ("reads.p9", [], "reads.p9"),
    ("reads.p1.0.1", "Infinity", "reads.p1[0][1]"),
    ("reads.p1.0.0", "soon", "reads.p1[0][0]"),
    ("telemetry.u9", [], "telemetry.u9"),
    ("telemetry.u1.0.3", "asleep", "telemetry.u1[0][3]"),
    ("telemetry.u1.0.2", "-1", "telemetry.u1[0].ths"),
    ("hashprice.1", [NOW, "2025-03-01T00:00:00Z", "51"], "hashprice"),
    ("charges.0.contract", "C9", "charges[0].contract"),
    ("charges.0.quantity", "-1", "charges[0].quantity"),
    ("charges.0.on", "yesterday", "charges[0].on"),
    ("pool_revenue.0.btc", "0.000000001", "pool_revenue[0].btc"),
    ("pool_revenue.0.btc", "-1", "pool_revenue[0].btc"),
    ("steps.0", {"invoice": "2025-13"}, "steps[0].invoice"),
    ("steps.0", {"invoice": "2025-01", "pay": 0}, "steps[0]"),
    ("steps.0", {"sleep": 1}, "steps[0].sleep"),
    ("steps.0", {"cycle": 0}, "steps[0].cycle"),
    ("steps.1", {"pay": 5}, "steps[1].pay"),
    ("steps.0", {"reads": {"p9": []}}, "steps[0].reads.p9"),
    ("expect", [], "expect"),
    ("surprise", 1, "surprise"),
]


def changed(path: str, value: object) -> dict[str, Any]:
    document: Any = copy.deepcopy(GOOD)
    *steps, last = path.split(".")
    place = document
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if isinstance(place, list) and int(last) == len(place):
        place.append(value)
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    result: dict[str, Any] = document
    return result


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "case.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_the_case_that_the_others_are_made_of_is_readable(tmp_path: Path) -> None:
    assert judged(written(tmp_path, GOOD)).code == PASSED


@pytest.mark.parametrize(("path", "value", "field"), BAD)
def test_a_bad_value_is_refused_with_its_field(tmp_path: Path, path: str, value: object, field: str) -> None:
    verdict = judged(written(tmp_path, changed(path, value)))
    assert verdict.code == UNREADABLE
    assert verdict.notes[0].startswith(f"{field}: ")
    assert verdict.result is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{",
        '{"a": NaN}',
        '{"scenario": "a", "scenario": "b"}',
        "[" * 100_000,
        '{"reads": ' + "9" * 5000 + "}",
        "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_file_that_is_not_a_json_object_is_refused(tmp_path: Path, text: str) -> None:
    assert judged(written(tmp_path, text)).code == UNREADABLE


@pytest.mark.parametrize("missing", ["organization", "customers"])
def test_what_every_case_needs_is_named_when_missing(tmp_path: Path, missing: str) -> None:
    document = {name: value for name, value in GOOD.items() if name != missing}
    assert judged(written(tmp_path, document)).notes[0].startswith(f"{missing}: The field is missing.")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert judged(tmp_path / "nothing.json").notes[0].startswith("file: ")


def test_a_number_with_an_exponent_is_refused_as_written(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace('"rated_w": 3500', '"rated_w": 35e2')
    assert judged(written(tmp_path, text)).notes[0].startswith("units[0].rated_w: '35e2'")


def test_reads_beyond_the_register_or_outside_its_life_are_evidence_not_errors(tmp_path: Path) -> None:
    document = changed("reads.p1.2", ["2025-01-03T00:00:00Z", "999999999"])
    document["reads"]["p1"].append(["2025-01-04T00:00:00Z", "-7"])
    document["channels"][0]["to"] = "2025-01-10T00:00:00Z"
    document["reads"]["p1"].append(["2025-01-11T00:00:00Z", "16"])
    assert judged(written(tmp_path, document)).code == PASSED


def test_an_assignment_counts_only_within_its_contract(tmp_path: Path) -> None:
    document = changed("contracts.0.end", "2025-01-04")
    document["units"][0]["assignments"][0]["to"] = None
    document["units"][0]["assignments"].append(OTHER)
    assert judged(written(tmp_path, document)).code == PASSED


def test_refusals_keep_field_and_remedy() -> None:
    refused = BadScenario("No.", field="a.b", remedy="yes")
    assert (refused.code, refused.field, refused.remedy) == ("bad_scenario", "a.b", "yes")
