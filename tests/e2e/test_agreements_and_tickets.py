"""What a customer signs, asks and is told, through the gateway and by the test clock (issue 6 sections 2, 5; SF-10)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import httpx

from common.clock import instant_text
from support.stories import FIRST, OPENS
from support.world import World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


def test_a_units_gate_opens_by_the_signature_and_closes_when_the_text_must_be_signed_again(
    open_world: Callable[..., World],
) -> None:
    world = open_world(clock_at=OPENS)
    world.customer("alpha")
    world.unit("rig", "alpha")
    agreement = world.api.post(
        "/v1/agreements", {"name": "Hosting agreement", "contract_types": ["hosted"], "text": "You pay, we host."}
    )
    world.settle()
    world.contract("K", "alpha", ["rig"], FIRST, billing_methods=["calculated"], plan="prepaid_31d")
    gate = f"/v1/contracts/{world.ids['K']}/energize-gate"
    assert "Hosting agreement" in str(world.api.get(gate)["missing"])
    place = f"/v1/customers/{world.ids['alpha']}/agreements/{agreement['id']}/upload"
    file = {"name": "signed.pdf", "content": b64encode(PDF).decode()}
    paper = {"signed_by": "A. Signer", "signed_on": FIRST, "file": file}
    world.heard()
    world.api.post(place, paper | {"version": 1})
    world.heard(["AgreementSigned alpha"])
    assert world.api.get(gate)["missing"] == []
    again = {"text": "You pay more, we host.", "must_sign_again": True}
    world.api.post(f"/v1/agreements/{agreement['id']}/versions", again)
    world.heard(["AgreementRequired"])
    assert "Hosting agreement" in str(world.api.get(gate)["missing"])
    world.api.post(place, paper | {"version": 2})
    world.settle()
    assert world.api.get(gate)["missing"] == []
    overview = world.api.get(f"/v1/customers/{world.ids['alpha']}/overview")
    assert (overview["active_contracts"], overview["assigned_units"], overview["agreements_to_sign"]) == (1, 1, 0)


def test_promises_and_announcements_fall_due_by_the_clock_and_the_stream_tells(
    open_world: Callable[..., World],
) -> None:
    world = open_world(clock_at=OPENS)
    alpha = world.customer("alpha")
    world.api.post("/v1/tickets", {"customer_id": alpha, "title": "Welcome", "text": "Ask us here."})
    draft = world.api.post("/v1/announcements", {"title": "Outage on Sunday", "text": "One hour.", "by_mail": True})
    soon = instant_text(world.instant(FIRST, 6))
    world.api.post(f"/v1/announcements/{draft['id']}/send", {"publish_at": soon})
    world.heard()
    world.advance(to=world.instant(FIRST, 9), expecting=["AnnouncementSent"])
    assert world.letters() == ["[T-00001] Welcome", "Outage on Sunday"]
    headers = {"Authorization": f"Bearer {world.api.key}", "X-Hostbook-Organization": world.id, "Last-Event-ID": "0"}
    with httpx.stream("GET", f"{world.api.url}/v1/changes", headers=headers, timeout=60) as stream:
        for line in stream.iter_lines():
            if line == "event: customers.announcement.sent.v1":
                break
        else:
            raise AssertionError("the stream ended without it")
