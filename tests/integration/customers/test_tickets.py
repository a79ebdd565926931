"""Tickets: opened, answered, noted on, late; by the portal, the console and mail (CM-31)."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from events.contracts import UnitAssigned
from events.customers import TicketAnswered, TicketLate, TicketOpened, TicketStateChanged
from events.invoicing import InvoiceIssued
from integration.customers.conftest import AT, Book, file

TICKET = {"title": "Unit offline", "text": "A-17 is offline."}


async def opened(http: Any, **fields: Any) -> Any:
    answer = await http.post("/v1/tickets", json=TICKET | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def written(http: Any, ticket: Any, text: str, **fields: Any) -> Any:
    answer = await http.post(f"/v1/tickets/{ticket['id']}/messages", json={"text": text} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_customer_asks_and_the_host_answers_in_one_thread_of_mail(fresh: Book) -> None:
    customer = await fresh.add(contact_email="thread@alpha.example")
    settings = (await fresh.http.get("/v1/ticket-settings")).json()
    body = {"promises": settings["promises"], "support_email": "desk@host.example"}
    assert (await fresh.http.put("/v1/ticket-settings", json=body, headers={"If-Match": '"0"'})).status_code == 200
    async with fresh.portal(customer) as portal:
        ticket = await opened(portal, files=[file("log.txt", b"temp 99\n")])
        assert (ticket["number"], ticket["state"], ticket["messages"][0]["files"][0]["name"]) == (
            "T-00001", "open", "log.txt",
        )  # fmt: skip
        note = await written(fresh.http, ticket, "The customer pays late.", is_internal=True, files=[file()])
        answered = await written(fresh.http, ticket, "We look into it.")
        seen = (await portal.get(f"/v1/tickets/{ticket['id']}")).json()
        (hidden,) = [m for m in answered["messages"] if m["is_internal"]]
        assert (await portal.get(f"/v1/documents/{hidden['files'][0]['id']}")).status_code == 404
        again = await written(portal, ticket, "Still offline.")
    assert (note["state"], answered["state"], again["state"]) == ("open", "waiting", "open")
    assert [m["text"] for m in seen["messages"]] == ["A-17 is offline.", "We look into it."]
    assert seen["messages"][1]["author"] == "host"
    await fresh.settled()
    (first, third), (second,) = fresh.mails("desk@host.example"), fresh.mails("thread@alpha.example")
    assert [m["Subject"] for m in (first, second, third)] == ["[T-00001] Unit offline"] * 3
    assert (first["In-Reply-To"], second["In-Reply-To"], third["In-Reply-To"]) == (
        None, first["Message-ID"], second["Message-ID"],
    )  # fmt: skip
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert "With the ticket: log.txt" in first.get_content()
    assert "pays late" not in "".join(m.get_content() for m in (first, second, third))
    facts = await fresh.service.published("customers.ticket", fresh.id)
    kinds = [type(e) for e in facts]
    assert kinds == [TicketOpened, TicketAnswered, TicketStateChanged, TicketAnswered, TicketStateChanged]
    assert "pays late" not in "".join(e.model_dump_json() for e in facts)


async def test_the_database_itself_hides_internal_notes_from_portal_sessions(book: Book) -> None:
    customer = await book.add()
    ticket = await opened(book.http, customer_id=customer["id"])
    await written(book.http, ticket, "Internal.", is_internal=True)
    connection = await asyncpg.connect(book.service.database_url)
    count = "select count(*) from ticket_messages where ticket_id = $1::text::uuid"
    await connection.execute("select set_config('app.organization_id', $1, false)", str(book.id))
    assert await connection.fetchval(count, ticket["id"]) == 2
    await connection.execute("select set_config('app.customer_id', $1, false)", customer["id"])
    assert await connection.fetchval(count, ticket["id"]) == 1
    await connection.close()


async def test_a_promise_that_is_not_kept_is_told_once_at_its_instant(fresh: Book) -> None:
    customer = await fresh.add()
    async with fresh.portal(customer) as portal:
        ticket = await opened(portal, priority="urgent")
    late_at = AT + timedelta(hours=9)
    await fresh.service.advance(fresh.id, AT, late_at)
    told = await fresh.told("customers.ticket", TicketLate)
    assert [(e.missed, e.due_at) for e in told] == [
        ("first_answer", AT + timedelta(hours=1)), ("resolution", AT + timedelta(hours=8)),
    ]  # fmt: skip
    clock = (await fresh.http.get(f"/v1/tickets/{ticket['id']}")).json()["clock"]
    assert clock["late"] == ["first_answer", "resolution"]
    async with fresh.portal(customer) as portal:
        calm = await opened(portal, priority="high")
        await written(fresh.http, calm, "What do you see?")
        await fresh.service.advance(fresh.id, late_at, late_at + timedelta(days=3))
        assert (await written(portal, calm, "Nothing."))["clock"]["late"] == []
    assert len(await fresh.told("customers.ticket", TicketLate)) == 2


async def test_a_ticket_is_about_what_is_the_customers_own(book: Book) -> None:
    mine, foreign, unit_id, invoice_id = await book.add(), await book.add(), uuid4(), uuid4()
    assigned = UnitAssigned(
        assignment_id=uuid4(), unit_id=unit_id, contract_id=uuid4(), customer_id=UUID(mine["id"]), from_at=AT
    )
    issued = InvoiceIssued(
        invoice_id=invoice_id, customer_id=UUID(mine["id"]), number="INV-1", currency="USD", period="2025-02",
        issued_on="2025-03-01", due_on="2025-03-16", total="10", amount_due="10",
    )  # fmt: skip
    await book.service.tell(book.id, assigned, issued, at=AT)
    await book.settled()
    about = {"unit_id": str(unit_id), "invoice_id": str(invoice_id), "invoice_line": 2}
    async with book.portal(mine) as portal:
        ticket = await opened(portal, **about)
        assert {k: ticket[k] for k in about} == about
        assert len((await portal.get("/v1/tickets", params={"unit_id": str(unit_id)})).json()["items"]) == 1
    async with book.portal(foreign) as portal:
        assert (await portal.get(f"/v1/tickets/{ticket['id']}")).status_code == 404
        assert (await portal.get("/v1/tickets")).json()["items"] == []
        for field in ("unit_id", "invoice_id"):
            refused = await portal.post("/v1/tickets", json=TICKET | {field: about[field]})
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (404, field)
        stolen = await portal.post("/v1/tickets", json=TICKET | {"customer_id": mine["id"]})
        assert stolen.status_code == 404


async def test_states_are_moved_by_those_whose_they_are(book: Book) -> None:
    customer = await book.add()
    async with book.portal(customer) as portal:
        ticket = await opened(portal)
        place, match = f"/v1/tickets/{ticket['id']}", {"If-Match": '"1"'}
        for body, field in (({"priority": "urgent"}, "priority"), ({"state": "closed"}, "state")):
            refused = await portal.patch(place, json=body, headers=match)
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, field)
        noted = await portal.post(f"{place}/messages", json={"text": "x", "is_internal": True})
        assert noted.status_code == 403
        solved = await portal.patch(place, json={"state": "resolved"}, headers=match)
        assert (solved.status_code, solved.json()["state"]) == (200, "resolved")
    assert (await book.http.patch(place, json={"assignee": "Desk"}, headers=match)).status_code == 412
    changes = {"state": "closed", "priority": "low", "assignee": "Desk"}
    closed = (await book.http.patch(place, json=changes, headers={"If-Match": '"2"'})).json()
    assert (closed["state"], closed["priority"], closed["assignee"], closed["version"]) == ("closed", "low", "Desk", 3)
    late = await book.http.post(f"{place}/messages", json={"text": "One more."})
    assert (late.status_code, late.json()["code"]) == (409, "ticket_closed")


def mail(sender: str, subject: str, text: str, **headers: str) -> bytes:
    lines = {
        "From": sender,
        "To": "support@host.example",
        "Subject": subject,
        "Message-ID": f"<{uuid4()}@mail.example>",
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    said = "\r\n".join(f"{name}: {value}" for name, value in lines.items())
    return f"{said}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


async def taken(book: Book, raw: bytes) -> Any:
    return await book.http.post("/v1/ticket-mails", json={"raw": b64encode(raw).decode()})


async def test_a_mail_opens_a_ticket_and_a_reply_goes_into_it(fresh: Book) -> None:
    customer = await fresh.add(contact_email="ops@byte.example")
    await fresh.http.post(f"/v1/customers/{customer['id']}/contacts", json={"name": "Noc", "email": "Noc@byte.example"})
    first = mail("noc@byte.example", "Fan broken", "Unit 4 is loud.", Message_ID="<m1@byte.example>")
    made = await taken(fresh, first)
    assert made.status_code == 201, made.text
    ticket_id = made.json()["ticket_id"]
    assert (await taken(fresh, first)).json() == made.json()
    await written(fresh.http, {"id": ticket_id}, "We change the fan.")
    await fresh.settled()
    (sent,) = fresh.mails("noc@byte.example")
    assert (sent["In-Reply-To"], sent["Subject"]) == ("<m1@byte.example>", "[T-00001] Fan broken")
    reply = mail("ops@byte.example", "Re: Fan broken", "Thanks.\r\n> quoted", In_Reply_To=sent["Message-ID"])
    assert (await taken(fresh, reply)).json()["ticket_id"] == ticket_id
    by_number = mail("ops@byte.example", "AW: [T-00001] Fan broken", "Done?")
    assert (await taken(fresh, by_number)).json()["ticket_id"] == ticket_id
    seen = (await fresh.http.get(f"/v1/tickets/{ticket_id}")).json()
    assert [m["text"] for m in seen["messages"]] == ["Unit 4 is loud.", "We change the fan.", "Thanks.", "Done?"]
    assert seen["customer_id"] == customer["id"]


async def test_mail_of_strangers_and_of_other_customers_is_refused(fresh: Book) -> None:
    customer, foreign = await fresh.add(contact_email="a@one.example"), await fresh.add(contact_email="b@two.example")
    ticket = await opened(fresh.http, customer_id=customer["id"])
    for sender in ("x@unknown.example", "b@two.example"):
        refused = await taken(fresh, mail(sender, f"[{ticket['number']}] hi", "Let me in."))
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_sender")
    await fresh.add(contact_email="b@two.example", name="Twin")
    assert (await taken(fresh, mail("b@two.example", "Hello", "Who am I?"))).status_code == 422
    assert len((await fresh.http.get("/v1/tickets")).json()["items"]) == 1
    assert foreign["id"] != ticket["customer_id"]
    async with fresh.portal(customer) as portal:
        assert (await portal.post("/v1/ticket-mails", json={"raw": "eA=="})).status_code == 403
