"""From the quote to the contract: sent by mail, accepted, a draft that becomes a contract (CB-87 to CB-100)."""

from collections.abc import Callable

from support.stories import OPENS
from support.world import World


def test_an_accepted_quote_becomes_a_contract(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    world.customer("alpha")
    world.unit("rig", "alpha")
    world.pdu("P1", ["rig"])
    world.heard()
    machine = {"name": "S21", "quantity": 4, "unit_price": "4150.00", "cost_basis": "3600.00"}
    order = {"fulfilment": "host_procures", "term": "1_year", "rate_per_kwh": "0.075", "notes": "thin margin"}
    quote = world.api.post("/v1/quotes", {"customer_id": world.ids["alpha"], "items": [machine], **order})
    world.ids["Q1"] = quote["id"]
    world.heard([])

    world.api.post(f"/v1/quotes/{quote['id']}/send")
    world.heard(["QuoteSent Q1"])
    assert any(quote["number"] in subject for subject in world.letters())

    world.api.post(f"/v1/quotes/{quote['id']}/accept")
    world.heard(["QuoteAccepted alpha"])
    (draft,) = world.api.get("/v1/contracts", state="draft")["items"]
    assert (draft["reference"], draft["terms"]["rates"][0]["rate_per_kwh"]) == (f"quote {quote['number']}", "0.075")

    path = f"/v1/contracts/{draft['id']}"
    world.ids["C1"] = draft["id"]
    world.api.change("PUT", f"{path}/units", draft["version"], {"unit_ids": [world.ids["rig"]]})
    world.api.post(f"{path}/activate", {"assignments": []})
    world.heard(["ContractActivated C1", "UnitAssigned rig"])
