"""Each type of contract from draft to end through the whole stack, every event and every amount accounted for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from hostbook.demo.api import ApiRefused
from support.polls import steady, text
from support.stories import FIRST, OPENS
from support.world import World

WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
SPEC = {"model": "S21", "hashrate_ths": "200", "efficiency_jth": "17.5"}
PAPER = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
FEE = {"percent": "4", "basis": "energy_charge"}


def active(world: World, name: str, customer: str, units: list[str], agreed: dict[str, Any], **noted: Any) -> str:
    """A contract from draft to activation; `agreed` as the API has it, `noted` as the scenario document does."""
    body = {"customer_id": world.ids[customer], "reference": name, "start_on": FIRST} | agreed
    draft = world.api.post("/v1/contracts", body)
    world.ids[name] = draft["id"]
    path = f"/v1/contracts/{draft['id']}"
    if units:
        world.api.change("PUT", f"{path}/units", draft["version"], {"unit_ids": [world.ids[u] for u in units]})
    assert world.api.post(f"{path}/validate?step=activation", {})["problems"] == []
    world.api.post(f"{path}/activate", {"assignments": []})
    shared = ("type", "rate_per_kwh", "billing_methods", "spec", "quantity", "connector_fee")
    terms = {key: agreed[key] for key in shared if key in agreed}
    world.facts["contracts"].append({"id": name, "customer": customer, "start": FIRST, "plan": "usage"} | terms | noted)
    for unit in units:
        world.note_assignment(unit, name, world.instant(FIRST))
    return path


def four_types(world: World) -> tuple[str, str]:
    """One contract of each type from 29 March on; answers the paths of the hosted one and the lease."""
    for customer in ("alpha", "bravo", "carol", "dave"):
        world.customer(customer)
    for unit, owner in (("rig", "alpha"), ("spare", "alpha"), ("own", None)):
        world.unit(unit, owner)
    world.pdu("P1", ["rig", "spare", "own"])
    metered = {"billing_methods": ["metered"], "rate_per_kwh": "0.08"}
    renewing = {"term": "custom_days", "term_days": 2, "auto_renew": True, "notice_days": 1}
    hosted = active(world, "H1", "alpha", ["rig"], {"type": "hosted", **metered, **renewing}, end="2025-04-01")
    one_day = {"term": "custom_days", "term_days": 1}
    lease = active(world, "L1", "bravo", ["own"], {"type": "lease", **metered, **one_day}, end="2025-04-01")
    hashrate = {"spec": SPEC, "quantity": 5, "connector_fee": FEE, "rate_per_kwh": "0.07"}
    three_days = {"term": "custom_days", "term_days": 3}
    noted = {"spec": {"model": "S21", "ths": "200", "jth": "17.5"}, "end": "2025-03-31"}
    active(world, "I1", "carol", [], {"type": "infinity", "wallet": WALLET, **hashrate, **three_days}, **noted)
    sites = [{"site_id": world.site_id, "fee_monthly": "4500.00"}]
    fees = [{"id": "Amarillo 1", "monthly": "4500.00"}]
    active(world, "O1", "dave", [], {"type": "om", "sites": sites, **three_days}, end="2025-03-31", sites=fees)
    world.poll("P1", steady(world.instant(FIRST), world.instant("2025-04-02", 6), [3480, 3391, 3500]))
    world.heard()
    return hosted, lease


def extended_as_often_as_agreed(world: World, lease: str) -> None:
    for _ in range(3):
        world.api.post(f"{lease}/extend")
    with pytest.raises(ApiRefused) as refused:
        world.api.post(f"{lease}/extend")
    assert refused.value.problem["code"] == "extensions_exhausted"
    world.heard(["ContractAmended L1"] * 3)


def swapped(world: World, at: datetime) -> None:
    (held,) = world.api.get("/v1/assignments", unit_id=world.ids["rig"])["items"]
    swap = {"unit_id": world.ids["spare"], "at": text(at), "reason": "RMA"}
    assert world.api.post(f"/v1/assignments/{held['id']}/swap", swap)["split_by"] == "metered"
    world.heard(["UnitReleased rig", "UnitAssigned spare", "UnitRegistered rig"])
    world.facts["units"][0]["assignments"][-1]["to"] = text(at)
    world.note_assignment("spare", "H1", at)


def test_all_four_types_from_draft_to_end(open_world: Callable[..., World]) -> None:
    """Renewal without and with notice, three extensions and a refused fourth, a unit swapped in the month."""
    world = open_world(clock_at=OPENS)
    hosted, lease = four_types(world)
    extended_as_often_as_agreed(world, lease)
    noon = world.instant("2025-03-30", 12)
    world.advance(to=noon, expecting=["1 UsageDayClosed", "2 UsageMeasured"])
    swapped(world, noon)

    last = world.instant("2025-03-31", 12)
    world.advance(to=last, expecting=["1 UsageDayClosed", "3 UsageMeasured", "ContractAmended H1"])
    given = world.api.post(f"{hosted}/notice", {"given_on": "2025-03-31"})
    assert given["renewal"]["ends_on"] == "2025-04-01"
    world.heard(["ContractAmended H1", "ContractNoticeGiven H1"])

    issued = [f"InvoiceIssued {one['customer']} {one['amount_due']}" for one in world.priced("2025-03")]
    over = ["ContractEnded I1", "ContractEnded O1"]
    usage = ["1 UsageDayClosed", "2 UsageMeasured"]
    run = "BillingRunFinished 2025-03 4 issued 0 held 0 skipped"
    world.advance(to=world.instant("2025-04-01", 2), expecting=[*usage, *over, *issued, run])
    world.assert_priced("2025-03")
    free = ["ContractEnded H1", "ContractEnded L1", "UnitReleased spare", "UnitReleased own"]
    world.advance(to=world.instant("2025-04-02", 2), expecting=[*usage, *free])
    states = {name: world.api.get(f"/v1/units/{world.ids[name]}")["state"] for name in ("rig", "spare", "own")}
    assert states == {"rig": "out_of_service", "spare": "unassigned", "own": "unassigned"}


METERED = {"type": "hosted", "billing_methods": ["metered"], "rate_per_kwh": "0.08"}


def test_a_prepaid_machine_runs_when_its_first_invoice_is_paid_and_the_agreement_signed(
    open_world: Callable[..., World],
) -> None:
    """Rule 6.2, SF-06, SF-10: invoicing, customers and contracts together."""
    world = open_world(clock_at=OPENS)
    world.customer("foxtrot")
    world.unit("pre", "foxtrot")
    world.pdu("P1", ["pre"])
    agreement = world.api.post(
        "/v1/agreements", {"name": "Hosting", "text": "The host hosts.", "contract_types": ["hosted"]}
    )
    gate = active(world, "P1x", "foxtrot", ["pre"], METERED | {"plan": "prepaid_31d"}) + "/energize-gate"
    world.settle()
    unsigned = "the agreement Hosting is not signed"
    assert world.api.get(gate)["units"][0]["missing"] == ["the first invoice is not made yet", unsigned]
    world.advance(to=world.instant("2025-03-30", 2))
    (first,) = world.invoices(customer_id=world.ids["foxtrot"])
    assert world.api.get(gate)["units"][0]["missing"] == [f"invoice {first['number']} is not paid", unsigned]
    world.pay("foxtrot", first)
    world.heard()
    run, day = f"/v1/units/{world.ids['pre']}/energize", {"on": "2025-03-30"}
    version = world.api.get(f"/v1/units/{world.ids['pre']}")["version"]
    with pytest.raises(ApiRefused, match=unsigned):
        world.api.change("POST", run, version, day)
    file = {"name": "signed.pdf", "content": base64.b64encode(PAPER).decode()}
    paper = {"version": agreement["version"], "signed_by": "A. Signer", "signed_on": "2025-03-30", "file": file}
    world.api.post(f"/v1/customers/{world.ids['foxtrot']}/agreements/{agreement['id']}/upload", paper)
    world.heard(["AgreementSigned foxtrot"])
    assert world.api.get(gate)["is_open"]
    assert world.api.change("POST", run, version, day)["operational_on"] == "2025-03-30"
    world.heard(["UnitRegistered pre"])


def test_a_deposit_comes_back_and_an_early_end_costs_each_once(open_world: Callable[..., World]) -> None:
    """On the invoice, and in the ledger: a deposit is owed back, never earned (rule 8)."""
    world = open_world(clock_at=OPENS)
    world.customer("echo")
    world.unit("rig", "echo")
    world.pdu("P1", ["rig"])
    extra = {"deposit": "500.00", "exit_fee": {"mode": "fixed", "amount": "120.00"}, "end_on": "2025-04-30"}
    path = active(world, "D1", "echo", ["rig"], METERED | extra)
    world.poll("P1", steady(world.instant(FIRST), world.instant("2025-04-01", 6), [3480]))
    world.api.post(f"{path}/end", {"end_on": "2025-03-30", "reason": "sold"})
    world.heard()

    over = ["ContractEnded D1", "UnitReleased rig", "ChargeAgreed D1 early_termination 120.00"]
    over += ["ChargeAgreed D1 deposit_return -500.00", "2 UsageDayClosed", "2 UsageMeasured"]
    world.advance(to=world.instant("2025-03-31", 2), expecting=over)
    world.advance(to=world.instant("2025-04-01", 2))
    march = world.api.get(f"/v1/invoices/{world.invoice('echo', '2025-03')['id']}")
    lines = [(line["kind"], line["amount"]) for line in march["lines"]]
    energy = Decimal(lines[0][1])
    assert sorted(lines[1:]) == [("deposit", "-500.00"), ("deposit", "500.00"), ("service", "120.00")]
    assert Decimal(march["total"]) == energy + 120
    totals: dict[str, Decimal] = {}
    for entry in world.api.all("/v1/ledger", customer_id=world.ids["echo"]):
        for posting in entry["postings"]:
            totals[posting["account"]] = totals.get(posting["account"], Decimal(0)) + Decimal(posting["amount"])
    left = {account: amount for account, amount in totals.items() if amount}
    assert left == {"receivable": energy + 120, "revenue": -energy - 120}


def test_an_amended_fixed_amount_and_who_invoices_are_on_the_invoice(open_world: Callable[..., World]) -> None:
    """Rule 4.6 through identity, contracts, metering and invoicing: a day and a half at each amount, to the instant."""
    world = open_world(clock_at=OPENS)
    legal = {"legal_name": "Machines LLC", "address": ["1 Road"], "country": "US", "tax_ids": {"us_ein": "12-3456789"}}
    entity = world.api.post("/v1/issuing-entities", legal)
    world.customer("golf")
    world.unit("flat", "golf")
    world.pdu("P1", ["flat"])
    world.settle()
    fixed = {"type": "hosted", "fixed_monthly_per_unit": "310.00", "issuing_entity_id": entity["id"]}
    path = active(world, "F1", "golf", ["flat"], fixed)
    world.heard()
    noon = text(world.instant("2025-03-30", 12))
    after = world.api.post(f"{path}/amend", {"effective_at": noon, "fixed_monthly_per_unit": "620.00"})
    assert [one["fixed_monthly_per_unit"] for one in after["terms"]["former"]] == ["310.00"]
    world.heard(["ContractAmended F1"])
    world.advance(to=world.instant("2025-04-01", 2))
    march = world.api.get(f"/v1/invoices/{world.invoice('golf', '2025-03')['id']}")
    assert [(line["kind"], line["amount"]) for line in march["lines"]] == [("fixed", "15.00"), ("fixed", "30.00")]
    assert (march["issuer"]["legal_name"], march["issuer"]["tax_ids"]) == ("Machines LLC", {"us_ein": "12-3456789"})
