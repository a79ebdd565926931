"""Two hosts with two customers each, with one of everything: what the authorization matrix asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from hostbook.demo.api import ApiRefused
from support.stories import OPENS, bill, due, hosted
from support.world import World

SECRET = {"note": "zqnote", "tag": "zqtag", "cost": "7713.31", "person": "zqstaff"}
"""What a customer's people never read: internal notes, tags, the host's cost, who works for the host."""


@dataclass
class House:
    """A host; `ids` are by the names that paths and bodies give them, of the host and of each customer."""

    world: World
    mark: str
    ids: dict[str, str] = field(default_factory=dict)
    of_customer: dict[str, dict[str, str]] = field(default_factory=dict)
    not_made: list[str] = field(default_factory=list)

    def make(self, into: dict[str, str], name: str, path: str, body: dict[str, Any]) -> None:
        """Adds a thing and keeps its id; what this host cannot have is noted, not passed over in silence."""
        try:
            made = self.world.api.post(path, body)
        except ApiRefused as refused:
            self.not_made.append(str(refused))
            return
        into[name] = made.get("id") or made[name]

    def known(self, customer: str) -> dict[str, str]:
        """All ids that go with the customer."""
        return self.ids | self.of_customer[customer]


@pytest.fixture(scope="session")
def houses(open_world: Callable[..., World]) -> tuple[House, House]:
    """Ours and theirs."""
    made = furnish(open_world, "zqours"), furnish(open_world, "zqtheirs")
    assert [house.not_made for house in made] == [[], []]
    return made


def furnish(open_world: Callable[..., World], mark: str) -> House:
    """A host whose customers are `alpha` and `bravo`; `mark` stands in every name."""
    world = open_world(clock_at=OPENS, name=f"Host {mark}")
    house = House(world, mark)
    people = ("alpha", "bravo")
    for name in people:
        hosted(world, name, 3000)
        world.save_card(name, auto_pay=False)
    issued = [f"InvoiceIssued {name} {due(world, name)}" for name in people]
    bill(world, *issued, units=2, run="2 issued 0 held 0 skipped")
    _of_the_host(house)
    for name in people:
        _of_a_customer(house, name)
    world.settle()
    return house


def _of_the_host(house: House) -> None:
    world, ids = house.world, house.ids
    _people(house)
    ids |= {"organization_id": world.id, "site_id": world.site_id, "series": "default"}
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "group_id": ("/v1/customer-groups", {"name": f"Group {house.mark}"}),
        "item_id": (
            "/v1/catalogue",
            {
                "sku": "S21", "name": f"S21 {house.mark}", "unit_price": "9000.00", "cost_basis": SECRET["cost"],
                "hashrate_ths": "200", "power_w": "3500", "efficiency_jth": "17.5",
            },
        ),
        "place_id": (f"/v1/sites/{world.site_id}/places", {"kind": "building", "name": f"B {house.mark}"}),
        "run_id": ("/v1/billing-runs", {"period": "2025-03"}),
        "announcement_id": (
            "/v1/announcements",
            {"title": f"News {house.mark}", "text": "x"},
        ),
        "agreement_id": ("/v1/agreements", {"name": f"Terms {house.mark}", "text": "x"}),
        "approval_id": (
            "/v1/approvals",
            {"permission": "credit.write", "path": "/v1/credits", "body": {}, "reason": house.mark},
        ),
        "rederivation_id": ("/v1/rederivations", {"from_on": "2025-03-29", "to_on": "2025-03-29"}),
        "bill_id": (
            "/v1/utility-bills",
            {
                "site_id": world.site_id, "from_at": "2025-03-01T06:00:00Z", "to_at": "2025-04-01T05:00:00Z",
                "energy_kwh": "1000", "host_kwh": "10",
            },
        ),
    }  # fmt: skip
    for name, (path, body) in bodies.items():
        house.make(ids, name, path, body)
    ids["catalogue_id"] = ids.get("item_id", str(uuid4()))


def _people(house: House) -> None:
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "key_id": ("/v1/api-keys", {"name": house.mark, "role": "auditor"}),
        # At a public address that is never asked: it is switched off.
        "webhook_id": (
            "/v1/webhooks",
            {"url": "https://8.8.8.8/hooks", "types": ["*"], "description": house.mark, "is_enabled": False},
        ),
        "role_id": ("/v1/roles", {"name": f"Clerk {house.mark}", "permissions": ["invoices.read"]}),
        "entity_id": ("/v1/issuing-entities", {"legal_name": house.mark, "address": ["1"], "country": "US"}),
        "invitation_id": ("/v1/invitations", {"email": _mail(house), "role": "auditor"}),
        "member_id": (
            "/v1/members",
            {"email": _mail(house), "name": SECRET["person"], "role": "admin", "password": uuid4().hex},
        ),
    }
    for name, (path, body) in bodies.items():
        house.make(house.ids, name, path, body)


def _of_a_customer(house: House, name: str) -> None:
    world = house.world
    api, ids = world.api, house.of_customer.setdefault(name, {})
    customer_id = world.ids[name]
    ids |= {"customer_id": customer_id, "contract_id": world.ids[f"C-{name}"], "unit_id": world.ids[f"{name}-1"]}
    ids |= {"pdu_id": world.ids[f"P-{name}"], "into_customer_id": customer_id, "new_pdu_id": world.ids[f"P-{name}"]}
    own = api.get(f"/v1/customers/{customer_id}")
    change = {"notes": f"{SECRET['note']} {house.mark}", "tags": [SECRET["tag"]], "company": f"{name} {house.mark}"}
    api.change("PATCH", f"/v1/customers/{customer_id}", own["version"], change)
    invoice = world.invoice(name, "2025-03")
    ids["invoice_id"] = invoice["id"]
    ids["assignment_id"] = api.get("/v1/assignments", contract_id=ids["contract_id"])["items"][0]["id"]
    ids["channel_id"] = next(one["id"] for one in api.get("/v1/channels")["items"] if one["unit_id"] == ids["unit_id"])
    ids["method_id"] = api.get("/v1/payment-methods", customer_id=customer_id)["items"][0]["id"]
    paid = {"customer_id": customer_id, "invoice_id": invoice["id"], "amount": "1.00", "currency": "USD"}
    quoted = {"fulfilment": "customer_ships", "term": "month_to_month", "rate_per_kwh": "0.075"}
    quoted |= {"notes": SECRET["note"], "customer_id": customer_id}
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "attachment_id": (
            f"/v1/contracts/{ids['contract_id']}/attachments",
            {"name": f"{house.mark}.pdf", "content": "JVBERi0xLjcK"},
        ),
        "payment_id": ("/v1/payments", paid | {"method": "wire", "reference": f"{name} {house.mark}"}),
        "contact_id": (
            f"/v1/customers/{customer_id}/contacts",
            {"name": f"{name} {house.mark}", "email": _mail(house)},
        ),
        "ticket_id": ("/v1/tickets", {"customer_id": customer_id, "title": f"{name} {house.mark}", "text": "x"}),
        "note_id": (f"/v1/invoices/{invoice['id']}/credit-notes", {"amount": "1.00", "reason": house.mark}),
        "quote_id": ("/v1/quotes", quoted),
    }
    for thing, (path, body) in bodies.items():
        house.make(ids, thing, path, body)


def _mail(house: House) -> str:
    return f"p{uuid4().hex[:10]}@{house.mark}.example"
