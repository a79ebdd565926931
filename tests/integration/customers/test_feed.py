"""The feed of all services' facts, and the stream of changes: narrowed and resumed (issue 6, sections 2 and 4)."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

from events.contracts import UnitAssigned
from events.invoicing import CreditChanged, InvoiceIssued
from events.metering import UnitStateChanged
from integration.customers.conftest import AT, PORTAL, Book


def issued(customer: Any, number: str) -> InvoiceIssued:
    return InvoiceIssued(
        invoice_id=uuid4(), customer_id=UUID(customer["id"]), number=number, currency="USD", period="2025-02",
        issued_on="2025-03-01", due_on="2025-03-16", total="10", amount_due="10",
    )  # fmt: skip


async def feed(http: Any, **query: Any) -> list[Any]:
    answer = await http.get("/v1/activity", params=query)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def told(book: Book, mine: Any, foreign: Any) -> tuple[UUID, InvoiceIssued]:
    """A unit of `mine` goes offline, `mine` gets INV-7, `foreign` gets credit. Answers the unit and the invoice."""
    unit_id, invoice = uuid4(), issued(mine, "INV-7")
    assigned = UnitAssigned(
        assignment_id=uuid4(), unit_id=unit_id, contract_id=uuid4(), customer_id=UUID(mine["id"]), from_at=AT
    )
    await book.service.tell(book.id, assigned, at=AT)
    await book.settled()
    down = UnitStateChanged(unit_id=unit_id, state="offline", since_at=AT, hashrate_ths="0")
    credit = CreditChanged(
        customer_id=UUID(foreign["id"]), currency="USD", balance="5", change="5", reason="Goodwill of the boss."
    )
    await book.service.tell(book.id, down, invoice, credit, at=AT)
    await book.settled()
    return unit_id, invoice


async def test_facts_of_all_services_stand_under_the_customer_whom_they_concern(fresh: Book) -> None:
    mine, foreign = await fresh.add(), await fresh.add(name="B")
    unit_id, invoice = await told(fresh, mine, foreign)
    lines = await feed(fresh.http, customer_id=mine["id"])
    assert {line["type"] for line in lines} == {
        "customers.customer.registered.v1", "contracts.unit.assigned.v1", "metering.unit.state_changed.v1",
        "invoicing.invoice.issued.v1",
    }  # fmt: skip
    (found,) = await feed(fresh.http, q="inv-7")
    assert (found["summary"], found["at"]) == (
        "Invoice INV-7 was issued: 10 USD, due 2025-03-16",
        "2025-03-01T14:00:00Z",
    )
    by_unit = await feed(fresh.http, unit_id=str(unit_id), type="metering")
    assert [line["type"] for line in by_unit] == ["metering.unit.state_changed.v1"]
    assert await feed(fresh.http, invoice_id=str(invoice.invoice_id)) == [found]
    assert await feed(fresh.http, to_at="2025-03-01T14:00:00Z") == []


async def test_the_feed_is_paged_and_narrowed_to_what_its_reader_may_see(fresh: Book) -> None:
    mine, foreign = await fresh.add(), await fresh.add(name="B")
    await told(fresh, mine, foreign)
    pages, cursor = list[int](), None
    while True:
        query = {"limit": 2} | ({"after": cursor} if cursor else {})
        page = (await fresh.http.get("/v1/activity", params=query)).json()
        pages += [line["seq"] for line in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == sorted(set(pages), reverse=True)
    kinds = {line["type"].split(".")[1] for line in await feed(fresh.http)}
    assert "credit" not in kinds  # not in this reader's permissions
    async with fresh.portal(mine, {*PORTAL} - {"invoices.read"}) as portal:
        assert {line["type"].split(".")[0] for line in await feed(portal)} == {"contracts", "customers", "metering"}
        assert await feed(portal, customer_id=foreign["id"]) == []
    async with fresh.service.client(fresh.id, ("activity.read", "credit.read")) as clerk:
        (credit,) = await feed(clerk)
    assert "Goodwill" not in json.dumps(credit)


class Stream:
    """Events of a stream as they come, resumed where it was; `comments` counts what only kept it open."""

    def __init__(self, http: Any) -> None:
        self._http = http
        self.place = ""
        self.events: list[tuple[str, Any]] = []
        self.comments = 0
        self.opened = asyncio.Event()

    async def read(self) -> None:
        """For one life of the stream."""
        headers = {"Last-Event-ID": self.place} if self.place else {}
        async with self._http.stream("GET", "/v1/changes", headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    self._take(fields)
                    fields = {}

    def _take(self, fields: dict[str, str]) -> None:
        self.place = fields["id"]
        if fields["event"] == "ready":
            self.opened.set()
        else:
            self.events.append((fields["event"], json.loads(fields["data"])))

    def invoices(self) -> list[str]:
        return [told["summary"].split()[1] for _, told in self.events]


async def test_a_stream_tells_what_its_reader_may_see_and_is_resumed_without_loss(fresh: Book) -> None:
    mine, foreign = await fresh.add(), await fresh.add(name="B")
    await fresh.settled()
    async with fresh.portal(mine) as portal, fresh.portal(mine, ("activity.read", "customers.read")) as no_money:
        host, own, viewer = streams = [Stream(http) for http in (fresh.http, portal, no_money)]
        reading = [asyncio.create_task(one.read()) for one in streams]
        await asyncio.gather(*(one.opened.wait() for one in streams))
        await fresh.service.tell(fresh.id, issued(mine, "INV-1"), issued(foreign, "INV-2"), at=AT)
        await asyncio.gather(*reading)  # each ends by itself after its life
        await fresh.service.tell(fresh.id, issued(mine, "INV-3"), at=AT)
        await fresh.settled()
        await asyncio.gather(*(one.read() for one in streams))
    assert sorted(host.invoices()) == ["INV-1", "INV-2", "INV-3"]
    assert own.invoices() == ["INV-1", "INV-3"]
    assert {kind for kind, _ in own.events} == {"invoicing.invoice.issued.v1"}
    assert {told["customer_id"] for _, told in own.events} == {mine["id"]}
    assert (viewer.events, viewer.comments > 0) == ([], True)


async def test_a_stream_needs_a_place_a_permission_and_is_not_opened_without_end(book: Book) -> None:
    bad = await book.http.get("/v1/changes", headers={"Last-Event-ID": "x"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "Last-Event-ID")
    async with book.service.client(book.id, ("customers.read",)) as http:
        assert (await http.get("/v1/changes")).status_code == 403
    async with book.service.client(book.id, ("activity.read",)) as http:
        many = [Stream(http) for _ in range(8)]
        reading = [asyncio.create_task(one.read()) for one in many]
        await asyncio.gather(*(one.opened.wait() for one in many))
        refused = await http.get("/v1/changes")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        await asyncio.gather(*reading)
