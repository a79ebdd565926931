"""Mail that is refused for good, and mail whose sender nobody vouches for (CM-30, CM-31)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from events.customers import CustomerMailRefused
from events.identity import MemberChanged, MemberJoined
from integration.customers.conftest import AT, Book
from integration.customers.test_tickets import mail, opened, taken, written

GONE, THERE = "gone@mailbox.example", "there@mailbox.example"


@pytest.fixture
def faults(fresh: Book) -> Iterator[None]:
    """A mail server that knows no GONE, and has no time for one message."""
    script = fresh.mail_folder / "faults.json"
    script.write_text(json.dumps({"refuse": [GONE], "temporary": 1}))
    yield
    script.unlink()


@pytest.mark.usefixtures("faults")
async def test_a_mail_that_is_refused_for_good_holds_up_no_other_and_shows_where_mails_are_shown(fresh: Book) -> None:
    gone = await fresh.add(contact_email=GONE, name="Gone")
    await fresh.add(contact_email=THERE, name="There")
    body = {"title": "News", "text": "All is well.", "by_mail": True}
    draft = (await fresh.http.post("/v1/announcements", json=body)).json()
    assert (await fresh.http.post(f"/v1/announcements/{draft['id']}/send", json={})).status_code == 200
    await fresh.settled()
    assert [m["Subject"] for m in fresh.mails(THERE)] == ["News"]
    answer = await fresh.http.get(f"/v1/announcements/{draft['id']}/receipts")
    receipts = {one["customer_id"] == gone["id"]: one for one in answer.json()["items"]}
    assert "550" in receipts[True]["mail_refusal"]
    assert (receipts[True]["mailed_at"], receipts[True]["mail_refused_at"] is None) == (None, False)
    assert (receipts[False]["mailed_at"] is None, receipts[False]["mail_refusal"]) == (False, None)
    ticket = await opened(fresh.http, customer_id=gone["id"])
    await written(fresh.http, ticket, "We look into it.")
    await fresh.settled()
    shown = (await fresh.http.get(f"/v1/tickets/{ticket['id']}")).json()["messages"]
    assert all("550" in message["mail_refusal"] for message in shown)
    facts = await fresh.told("customers.customer", CustomerMailRefused)
    assert {(fact.email, str(fact.customer_id)) for fact in facts} == {(GONE, gone["id"])}
    assert len(facts) == 3
    feed = (await fresh.http.get("/v1/activity", params={"customer_id": gone["id"]})).json()["items"]
    assert any(GONE in one["summary"] and "refused" in one["summary"] for one in feed)
    async with fresh.portal(gone) as portal:
        seen = (await portal.get(f"/v1/tickets/{ticket['id']}")).json()["messages"]
        assert {message["mail_refusal"] for message in seen} == {None}
        assert "refused" not in (await portal.get("/v1/activity")).text


async def test_where_the_mail_server_is_asked_only_senders_that_it_vouches_for_are_heard(fresh: Book) -> None:
    await fresh.add(contact_email="ops@vouched.example")
    settings = (await fresh.http.get("/v1/ticket-settings")).json()
    body = {"promises": settings["promises"], "mail_authserv_id": "mx.host.example"}
    kept = await fresh.http.put("/v1/ticket-settings", json=body, headers={"If-Match": '"0"'})
    assert (kept.status_code, kept.json()["mail_authserv_id"]) == (200, "mx.host.example")

    async def said(results: str) -> tuple[int, str]:
        raw = mail("ops@vouched.example", "Fan", "It is loud.", Authentication_Results=results)
        answer = await taken(fresh, raw)
        return answer.status_code, answer.json().get("code", "")

    assert await said("mx.host.example; dmarc=fail header.from=vouched.example") == (422, "sender_unproven")
    assert await said("elsewhere.example; dmarc=pass header.from=vouched.example") == (422, "sender_unproven")
    assert await said("mx.host.example; dmarc=pass header.from=vouched.example") == (201, "")
    for name in ("", "two words", "<mx>", "x" * 254, "mx.host.example; pass", 7):
        answer = await fresh.http.put(
            "/v1/ticket-settings", json=body | {"mail_authserv_id": name}, headers={"If-Match": '"1"'}
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "mail_authserv_id"), name


async def test_one_of_the_team_is_heard_and_listed_under_the_address_and_role_of_now(fresh: Book) -> None:
    """CM-27, CM-28."""
    customer, member_id = await fresh.add(contact_email="ops@team.example"), uuid4()
    person = {"member_id": member_id, "customer_id": UUID(customer["id"]), "name": "P"}
    joined = MemberJoined(**person, role="customer_viewer", email="old@team.example")
    changed = MemberChanged(**person, role="customer_billing", email="new@team.example")
    await fresh.service.tell(fresh.id, joined, changed, at=AT)
    await fresh.settled()
    (shown,) = (await fresh.http.get(f"/v1/customers/{customer['id']}/team")).json()["items"]
    assert (shown["name"], shown["email"], shown["role"]) == ("P", "new@team.example", "customer_billing")
    answers = [await taken(fresh, mail(f"{who}@team.example", "Fan", "It is loud.")) for who in ("new", "old")]
    assert [answer.status_code for answer in answers] == [201, 422]
