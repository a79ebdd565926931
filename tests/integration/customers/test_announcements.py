"""Announcements: to whom they go, when, on which way, and who has read them (CM-30)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from common.clock import instant_text
from events.contracts import ContractActivated, ContractEnded, UnitAssigned, UnitRegistered
from events.customers import AnnouncementSent
from events.invoicing import InvoiceOverdue, InvoiceSettled
from events.samples import sample
from integration.customers.conftest import AT, Book

PLACE = "/v1/announcements"


async def drafted(book: Book, **fields: Any) -> Any:
    body = {"title": "Maintenance", "text": "On Sunday the power is off for an hour."} | fields
    answer = await book.http.post(PLACE, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def reached(book: Book, reach: str, *values: object) -> list[str]:
    announcement = await drafted(book, audience={"reach": reach, "values": [str(v) for v in values]})
    names: list[str] = (await book.http.get(f"{PLACE}/{announcement['id']}/audience")).json()["names"]
    return names


def activated(customer: Any, kind: str, contract_id: UUID, sites: list[UUID]) -> ContractActivated:
    body = sample(ContractActivated)
    site = body["terms"]["sites"][0]
    body["terms"] |= {"customer_id": customer["id"], "type": kind}
    body["terms"]["sites"] = [site | {"site_id": str(s)} for s in sites]
    return ContractActivated.model_validate(body | {"contract_id": str(contract_id), "version": 1})


async def test_an_audience_is_found_by_group_site_contract_type_and_debt(fresh: Book) -> None:
    a, b, c, gone = [await fresh.add(name=n, contact_email=f"{n}@x.example") for n in ("A", "B", "C", "Gone")]
    await fresh.change(gone, is_active=False)
    group = (await fresh.http.post("/v1/customer-groups", json={"name": "Texas"})).json()
    filled = await fresh.http.put(
        f"/v1/customer-groups/{group['id']}/customers", json={"customer_ids": [a["id"], gone["id"]]},
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert filled.status_code == 200
    site, unit, hosted, om, invoice_id = (uuid4() for _ in range(5))
    registered = sample(UnitRegistered) | {"unit_id": str(unit), "site_id": str(site)}
    owed = {"invoice_id": invoice_id, "customer_id": UUID(c["id"]), "number": "INV-1", "currency": "USD"}
    await fresh.service.tell(
        fresh.id,
        activated(b, "hosted", hosted, []),
        activated(c, "om", om, [site]),
        UnitRegistered.model_validate(registered),
        UnitAssigned(assignment_id=uuid4(), unit_id=unit, contract_id=hosted, customer_id=UUID(b["id"]), from_at=AT),
        InvoiceOverdue(**owed, due_on="2025-03-01", balance="5"),
        at=AT,
    )
    await fresh.settled()
    assert await reached(fresh, "all") == ["A", "B", "C"]
    assert await reached(fresh, "groups", group["id"]) == ["A"]
    assert await reached(fresh, "sites", site) == ["B", "C"]
    assert await reached(fresh, "contract_types", "hosted", "lease") == ["B"]
    assert await reached(fresh, "overdue") == ["C"]
    assert await reached(fresh, "customers", b["id"], uuid4()) == ["B"]
    overview = (await fresh.http.get(f"/v1/customers/{c['id']}/overview")).json()
    assert (overview["active_contracts"], overview["assigned_sites"], overview["overdue_invoices"]) == (1, 1, 1)
    overview = (await fresh.http.get(f"/v1/customers/{b['id']}/overview")).json()
    assert (overview["assigned_units"], overview["assigned_sites"], overview["overdue_invoices"]) == (1, None, 0)
    ended = ContractEnded(contract_id=hosted, version=2, customer_id=UUID(b["id"]), end_at=AT, reason="term")
    await fresh.service.tell(fresh.id, ended, InvoiceSettled(**owed, settled_on="2025-03-01"), at=AT)
    await fresh.settled()
    assert await reached(fresh, "contract_types", "hosted") == []
    assert await reached(fresh, "overdue") == []


async def test_what_is_scheduled_goes_out_at_its_instant_in_the_portal_and_by_mail(fresh: Book) -> None:
    """CM-10: to the contact address; the billing address is for invoices."""
    customer = await fresh.add(contact_email="news@x.example", billing_email="bills@x.example")
    await fresh.add(contact_email="more@x.example", name="B")
    draft = await drafted(fresh, by_mail=True)
    at = AT + timedelta(hours=5)
    scheduled = await fresh.http.post(f"{PLACE}/{draft['id']}/send", json={"publish_at": instant_text(at)})
    assert (scheduled.status_code, scheduled.json()["state"]) == (200, "scheduled")
    changed = await fresh.http.patch(
        f"{PLACE}/{draft['id']}", json={"title": "Maintenance moved"}, headers={"If-Match": '"2"'}
    )
    assert changed.status_code == 200
    place = f"/v1/customers/{customer['id']}/announcements"
    async with fresh.portal(customer) as portal:
        assert (await portal.get(place)).json()["items"] == []
        await fresh.service.advance(fresh.id, AT, at)
        (shown,) = (await portal.get(place)).json()["items"]
        assert (shown["title"], shown["sent_at"], shown["read_at"]) == ("Maintenance moved", instant_text(at), None)
        for _ in range(2):
            assert (await portal.post(f"{PLACE}/{draft['id']}/read")).status_code == 204
        assert (await portal.get(place)).json()["items"][0]["read_at"] == instant_text(at)
        assert (await portal.get(f"{PLACE}/{draft['id']}/receipts")).status_code == 403
    receipts = (await fresh.http.get(f"{PLACE}/{draft['id']}/receipts")).json()["items"]
    assert sorted((r["mailed_at"] is not None, r["read_at"] is not None) for r in receipts) == [
        (True, False), (True, True),
    ]  # fmt: skip
    (mail,) = fresh.mails("news@x.example")
    assert (mail["Subject"], fresh.mails("bills@x.example")) == ("Maintenance moved", [])
    (fact,) = await fresh.told("customers.announcement", AnnouncementSent)
    assert (fact.recipients, fact.title) == (2, "Maintenance moved")
    for path in ("send", "cancel"):
        body: Any = {} if path == "send" else None
        assert (await fresh.http.post(f"{PLACE}/{draft['id']}/{path}", json=body)).status_code == 409


async def test_what_is_cancelled_or_moved_does_not_go_out_at_the_old_instant(fresh: Book) -> None:
    await fresh.add()
    one, two = await drafted(fresh), await drafted(fresh)
    soon, later = AT + timedelta(hours=1), AT + timedelta(hours=20)
    for draft in (one, two):
        await fresh.http.post(f"{PLACE}/{draft['id']}/send", json={"publish_at": instant_text(soon)})
    assert (await fresh.http.post(f"{PLACE}/{one['id']}/cancel")).json()["state"] == "cancelled"
    await fresh.http.post(f"{PLACE}/{two['id']}/send", json={"publish_at": instant_text(later)})
    await fresh.service.advance(fresh.id, AT, soon)
    states = {a["id"]: a["state"] for a in (await fresh.http.get(PLACE)).json()["items"]}
    assert (states[one["id"]], states[two["id"]]) == ("cancelled", "scheduled")
    await fresh.service.advance(fresh.id, soon, later)
    assert (await fresh.http.get(f"{PLACE}/{two['id']}")).json()["state"] == "sent"


async def test_one_that_went_to_others_looks_like_none(book: Book, other: Book) -> None:
    mine, addressed = await book.add(), await book.add(contact_email="z@z.example")
    draft = await drafted(book, audience={"reach": "customers", "values": [addressed["id"]]})
    await book.http.post(f"{PLACE}/{draft['id']}/send", json={})
    await book.settled()
    async with book.portal(mine) as portal:
        assert (await portal.post(f"{PLACE}/{draft['id']}/read")).status_code == 404
        assert (await portal.get(f"/v1/customers/{addressed['id']}/announcements")).status_code == 404
        assert (await portal.get(PLACE)).status_code == 403
    assert (await book.http.post(f"{PLACE}/{draft['id']}/read")).status_code == 403
    assert (await other.http.get(f"{PLACE}/{draft['id']}")).status_code == 404
