"""People at the doors of a host: invited by mail, second factors, four eyes, a look at the portal, and the audit."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest

from hostbook.engines.stack import Stack
from support.stories import OPENS
from support.world import World

PASSWORD = "correct horse battery"


class Browser:
    """Somebody's browser at the gateway: its cookies, and the page that its requests come from."""

    def __init__(self, url: str, portal: str | None = None) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)
        self._cookies: dict[str, str] = {}
        self._headers = {"Origin": url} | ({"X-Hostbook-Portal": portal} if portal else {})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        shown = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())} if self._cookies else {}
        key = {"Idempotency-Key": str(uuid4())}
        answer = self._client.request(method, path, json=body, headers=self._headers | shown | key | headers)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def goes_to_portal(self, portal: str) -> None:
        self._headers |= {"X-Hostbook-Portal": portal}

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def browsers(whole_stack: Stack) -> Iterator[Callable[..., Browser]]:
    opened: list[Browser] = []

    def open_one(portal: str | None = None) -> Browser:
        opened.append(Browser(whole_stack.url("gateway"), portal))
        return opened[-1]

    yield open_one
    for browser in opened:
        browser.close()


def link_of(stack: Stack, address: str) -> str:
    """The secret part of the link in the mail to an address, once it has come."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in sorted(stack.mail_dir.rglob("*.eml")):
            text = file.read_text(errors="replace")
            if f"To: {address}" in text:
                found = re.search(r"#\w+=([\w-]+)", text.replace("=\n", "").replace("=3D", "="))
                assert found, text
                return found.group(1)
        time.sleep(0.2)
    raise AssertionError(f"no mail to {address}: {(stack.mail_dir / 'index.jsonl').read_text()[-500:]}")


def joined(world: World, browser: Browser, role: str, **more: str) -> str:
    """Somebody is invited, clicks the link of the mail, and is in; answers their address."""
    address = f"{uuid4().hex[:8]}@mail.example"
    world.api.post("/v1/invitations", {"email": address, "role": role} | more)
    body = {"token": link_of(world.stack, address), "email": address, "name": "Somebody", "password": PASSWORD}
    answer = browser.call("POST", "/v1/auth/invitations/accept", body)
    assert answer.status_code == 204, answer.text
    return address


def at_work(world: World, browser: Browser, role: str) -> str:
    """Somebody of the host, with an authenticator set up."""
    address = joined(world, browser, role)
    assert browser.call("GET", "/v1/invoices").json()["code"] == "second_factor_required"
    app = pyotp.TOTP(browser.call("POST", "/v1/account/totp").json()["secret"])
    assert browser.call("POST", "/v1/account/totp/confirm", {"code": app.now()}).status_code == 200
    return address


def audited(world: World, thing: str) -> list[dict[str, Any]]:
    world.settle()
    return list(world.api.all("/v1/audit", thing=thing))


def give_credit_by_two(world: World, clerk: Browser, chief: Browser, clerks: str) -> None:
    """One asks, the other grants, the first does it once; the audit names who, by whose leave, and from where."""
    credit = {"customer_id": world.ids["alpha"], "amount": "25.00", "currency": "USD", "reason": "goodwill"}
    assert clerk.call("POST", "/v1/credits", credit).json()["code"] == "approval_required"
    wish = {"permission": "credit.write", "path": "/v1/credits", "body": credit, "reason": "promised by phone"}
    asked = clerk.call("POST", "/v1/approvals", wish)
    assert asked.status_code == 201, asked.text
    approval = asked.json()["id"]
    assert chief.call("POST", f"/v1/approvals/{approval}/grant", {}).status_code == 200
    given = [clerk.call("POST", "/v1/credits", credit, **{"X-Hostbook-Approval": approval}) for _ in range(2)]
    assert [one.status_code for one in given] == [201, 201], given[0].text
    assert given[0].content == given[1].content
    world.heard(["CreditChanged alpha 25.00"])
    (entry,) = audited(world, "entries")
    assert (entry["person"], entry["approval_id"], entry["service"]) == (clerks, approval, "invoicing")
    assert entry["address"]


def look_at_the_portal(world: World, chief: Browser, guest: Browser) -> None:
    """The chief sees what the guest sees, and changes nothing; the guest sees who looked, and why."""
    look = chief.call("POST", "/v1/portal-views", {"customer_id": world.ids["alpha"], "reason": "Ticket 7"})
    assert look.status_code == 201, look.text
    chief.goes_to_portal(world.id)
    assert [c["id"] for c in chief.call("GET", "/v1/customers").json()["items"]] == [world.ids["alpha"]]
    assert chief.call("POST", "/v1/members", {}).json()["code"] == "read_only"
    seen = guest.call("GET", "/v1/portal-views").json()["items"]
    assert [(one["person_name"], one["reason"]) for one in seen] == [("Somebody", "Ticket 7")]
    assert guest.call("GET", "/v1/ledger").status_code == 403
    assert guest.call("GET", "/v1/customers").json()["items"][0]["id"] == world.ids["alpha"]


def test_people_come_in_and_what_they_change_is_told(
    open_world: Callable[..., World], browsers: Callable[..., Browser]
) -> None:
    """CM-11..14, CM-17, B8: the whole way through the gateway, with the mail server and the bus between."""
    world = open_world(clock_at=OPENS)
    world.customer("alpha")
    world.settle()
    world.heard()
    path = f"/v1/organizations/{world.id}"
    world.api.change("PATCH", path, 1, {"four_eyes": ["credit"]})
    clerk, chief, guest = browsers(), browsers(), browsers(portal=world.id)
    clerks = at_work(world, clerk, "finance")
    at_work(world, chief, "finance")
    joined(world, guest, "customer_owner", customer_id=world.ids["alpha"])
    world.heard(["OrganizationChanged", "MemberJoined", "MemberJoined", "MemberJoined alpha"])

    give_credit_by_two(world, clerk, chief, clerks)
    look_at_the_portal(world, chief, guest)
    world.settle()
    everything = list(world.api.all("/v1/audit"))
    told = {(e["thing"], e["operation"]) for e in everything}
    assert {("members", "insert"), ("approvals", "update"), ("portal_views", "insert"), ("hosts", "update")} <= told
    assert PASSWORD not in json.dumps(everything)


def test_a_limited_key_hears_through_the_gateway_what_is_left(
    open_world: Callable[..., World], whole_stack: Stack
) -> None:
    world = open_world(clock_at=OPENS)
    made = world.api.post("/v1/api-keys", {"name": "k", "role": "auditor", "rate_per_minute": 2})
    headers = {"Authorization": f"Bearer {made['key']}", "RateLimit": '"key";r=99;t=1'}
    with httpx.Client(base_url=whole_stack.url("gateway"), headers=headers, timeout=30) as client:
        answers = [client.get("/v1/customers") for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert [a.headers["ratelimit"].partition(";t")[0] for a in answers[:2]] == ['"key";r=1', '"key";r=0']
    assert answers[2].json()["code"] == "rate_limited"
    assert {a.headers["cache-control"] for a in answers} == {"no-store"}
    assert int(answers[2].headers["retry-after"]) >= 1
