"""Import, merge, contacts, groups, tags, team: the everyday work on accounts (CM-02..10, 16, 26..32)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from events.customers import CustomerChanged, CustomerMerged, CustomerRegistered
from events.identity import IssuingEntityChanged, MemberJoined, MemberRemoved
from events.invoicing import InvoiceHeld
from integration.customers.conftest import AT, Book

CSV = (
    "name,contact_email,company,tags\nImported One,one@csv.example,One LLC,texas;vip\nImported Two,two@csv.example,,\n"
)


async def imported(book: Book, csv: str, *, dry_run: bool) -> Any:
    answer = await book.http.post("/v1/customers/import", json={"csv": csv, "dry_run": dry_run})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_customer_names_whom_its_invoices_come_from(book: Book, other: Book) -> None:
    """One of this host's legal persons; another host's looks like none (rule 7.1)."""
    ours, theirs = (
        IssuingEntityChanged(
            entity_id=uuid4(), version=1, legal_name=name, address=["1 Road"], country="US", tax_ids={},
            is_default=False,
        )
        for name in ("Hosting LLC", "Elsewhere LLC")
    )  # fmt: skip
    await book.service.tell(book.id, ours, at=AT)
    await book.service.tell(other.id, theirs, at=AT)
    await book.settled()
    made = await book.add(issuing_entity_id=str(ours.entity_id))
    assert made["issuing_entity_id"] == str(ours.entity_id)
    for entity_id in (theirs.entity_id, uuid4()):
        refused = await book.change(made, issuing_entity_id=str(entity_id))
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (404, "issuing_entity_id")
    body = {"name": "Beta", "contact_email": "b@beta.example", "issuing_entity_id": str(theirs.entity_id)}
    assert (await book.http.post("/v1/customers", json=body)).status_code == 404
    blank = await book.change(made, issuing_entity_id=None)
    assert blank.json()["issuing_entity_id"] is None
    told = [(e.version, e.issuing_entity_id) for e in await book.told("customers.customer", CustomerChanged)
            if str(e.customer_id) == made["id"]]  # fmt: skip
    assert told == [(2, None)]


async def test_a_table_is_checked_dry_then_opened_whole_once_and_sends_nothing(fresh: Book) -> None:
    dry = await imported(fresh, CSV, dry_run=True)
    assert (dry["lines"], dry["errors"], dry["opened"]) == (2, [], [])
    assert (await fresh.http.get("/v1/customers")).json()["items"] == []
    done = await imported(fresh, CSV, dry_run=False)
    assert [one["line"] for one in done["opened"]] == [2, 3]
    first = (await fresh.http.get(f"/v1/customers/{done['opened'][0]['id']}")).json()
    assert (first["company"], first["tags"]) == ("One LLC", ["texas", "vip"])
    again = await imported(fresh, CSV + "Imported Three,three@csv.example,,\n", dry_run=False)
    assert ([(e["line"], e["field"]) for e in again["errors"]], again["opened"]) == ([(2, "name"), (3, "name")], [])
    assert len(await fresh.told("customers.customer", CustomerRegistered)) == 2
    assert fresh.mails("one@csv.example") == []


async def test_each_faulty_line_is_named_and_nothing_is_opened_beside_it(fresh: Book) -> None:
    rows = ["Good,good@x.example,USD,", ",x@x.example,,", "B,nobody,,", "C,c@x.example,BTX,", "D,d@x.example,,now"]
    csv = "\n".join(["name,contact_email,currency,phone", *rows, "Good,good@x.example,,"])
    said = await imported(fresh, csv, dry_run=False)
    assert [(e["line"], e["field"]) for e in said["errors"]] == [
        (3, "name"), (4, "contact_email"), (5, "currency"), (6, "phone"), (7, "name"),
    ]  # fmt: skip
    assert all(e["message"] and e["remedy"] for e in said["errors"])
    assert (said["lines"], said["opened"]) == (6, [])
    assert (await fresh.http.get("/v1/customers")).json()["items"] == []


async def test_an_account_that_stands_twice_is_merged_with_all_that_is_said_and_nothing_that_is_booked(
    fresh: Book,
) -> None:
    stays = await fresh.add(name="Alpha", contact_email="a@x.example", notes="pays", tags=["vip"])
    twin = await fresh.add(name="Alpha Digital", contact_email="twin@x.example", notes="is a twin", tags=["VIP", "new"])
    await fresh.http.post(f"/v1/customers/{twin['id']}/contacts", json={"name": "Noc", "email": "noc@x.example"})
    ticket = (await fresh.http.post("/v1/tickets", json={"customer_id": twin["id"], "title": "T", "text": "t"})).json()
    merged = await fresh.http.post(f"/v1/customers/{twin['id']}/merge", json={"into_customer_id": stays["id"]})
    assert merged.status_code == 200, merged.text
    assert (merged.json()["notes"], merged.json()["tags"]) == ("pays\n\nis a twin", ["vip", "new"])
    contacts = (await fresh.http.get(f"/v1/customers/{stays['id']}/contacts")).json()["items"]
    assert sorted(c["email"] for c in contacts) == ["noc@x.example", "twin@x.example"]
    async with fresh.portal(stays) as portal:
        assert len((await portal.get(f"/v1/tickets/{ticket['id']}")).json()["messages"]) == 1
    gone = (await fresh.http.get(f"/v1/customers/{twin['id']}")).json()
    assert (gone["standing"], gone["merged_into"]) == ("inactive", stays["id"])
    for refused in (
        await fresh.change(gone, is_active=True),
        await fresh.http.post("/v1/tickets", json={"customer_id": twin["id"], "title": "T", "text": "t"}),
        await fresh.http.post(f"/v1/customers/{twin['id']}/merge", json={"into_customer_id": stays["id"]}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged_away")
    (fact,) = await fresh.told("customers.customer", CustomerMerged)
    assert (str(fact.customer_id), str(fact.into_customer_id)) == (twin["id"], stays["id"])
    changed = [e for e in await fresh.told("customers.customer", CustomerChanged) if str(e.customer_id) == twin["id"]]
    assert (changed[-1].is_active, changed[-1].has_portal_access) == (False, False)


async def test_an_account_with_a_book_or_people_is_not_given_up(fresh: Book) -> None:
    stays, booked, peopled = await fresh.add(), await fresh.add(name="B"), await fresh.add(name="C")
    held = InvoiceHeld(
        invoice_id=uuid4(), customer_id=UUID(booked["id"]), number="INV-1", currency="USD", period="2025-02",
        total="1", reason="r",
    )  # fmt: skip
    member = MemberJoined(member_id=uuid4(), role="customer_owner", customer_id=UUID(peopled["id"]))
    await fresh.service.tell(fresh.id, held, member, at=AT)
    await fresh.settled()
    for account, said in ((booked, "1 invoices"), (peopled, "1 people who sign in")):
        refused = await fresh.http.post(f"/v1/customers/{account['id']}/merge", json={"into_customer_id": stays["id"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "merge_refused")
        assert said in refused.json()["detail"]
    itself = await fresh.http.post(f"/v1/customers/{stays['id']}/merge", json={"into_customer_id": stays["id"]})
    assert (itself.status_code, itself.json()["errors"][0]["field"]) == (422, "into_customer_id")


async def test_the_list_is_narrowed_by_text_tag_group_and_standing_and_sorted(fresh: Book) -> None:
    zeta = await fresh.add(name="Zeta", tags=["vip"])
    alpha = await fresh.add(name="alpha")
    beta = await fresh.add(name="Beta", company="100% Ltd")
    await fresh.change(beta, is_active=False)

    async def ids(**query: Any) -> list[str]:
        return [c["name"] for c in (await fresh.http.get("/v1/customers", params=query)).json()["items"]]

    assert await ids(sort="name") == ["alpha", "Beta", "Zeta"]
    assert await ids(sort="-added") == ["Beta", "alpha", "Zeta"]
    assert (await ids(q="100%"), await ids(q="_"), await ids(tag="vip")) == (["Beta"], [], ["Zeta"])
    assert (await ids(standing="inactive"), await ids(standing="active")) == (["Beta"], ["Zeta", "alpha"])
    page = (await fresh.http.get("/v1/customers", params={"sort": "name", "limit": 2})).json()
    rest = (await fresh.http.get("/v1/customers", params={"sort": "name", "limit": 2, "after": page["next"]})).json()
    assert ([c["name"] for c in rest["items"]], rest["next"]) == (["Zeta"], None)
    assert {zeta["id"], alpha["id"]} <= {c["id"] for c in (await fresh.http.get("/v1/customers")).json()["items"]}
    async with fresh.portal(zeta) as portal:
        refused = await portal.get("/v1/customers", params={"tag": "other"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "tag")
        shown = (await portal.get("/v1/customers", params={"sort": "-name"})).json()["items"]
        assert [(c["id"], c["tags"], c["notes"]) for c in shown] == [(zeta["id"], [], None)]


async def test_contacts_and_groups_are_the_hosts_to_write(book: Book, other: Book) -> None:
    customer = await book.add()
    place = f"/v1/customers/{customer['id']}/contacts"
    made = (await book.http.post(place, json={"name": "Noc", "phone": "+1 806 555 0100"})).json()
    changed = {"name": "Night", "email": "n@x.example"}
    assert (await book.http.put(f"{place}/{made['id']}", json=changed, headers={"If-Match": '"2"'})).status_code == 412
    put = await book.http.put(f"{place}/{made['id']}", json=changed, headers={"If-Match": '"1"'})
    assert (put.json()["phone"], put.json()["version"]) == (None, 2)
    async with book.portal(customer) as portal:
        assert [c["name"] for c in (await portal.get(place)).json()["items"]] == ["Night"]
        assert (await portal.delete(f"{place}/{made['id']}")).status_code == 403
        assert (await portal.get("/v1/customer-groups")).json()["items"] == []
    assert (await other.http.delete(f"{place}/{made['id']}")).status_code == 404
    assert (await book.http.delete(f"{place}/{made['id']}")).status_code == 204
    group = (await book.http.post("/v1/customer-groups", json={"name": "North"})).json()
    twice = await book.http.post("/v1/customer-groups", json={"name": "NORTH"})
    assert twice.status_code == 409
    fill = f"/v1/customer-groups/{group['id']}/customers"
    foreign = await other.add()
    unknown = await book.http.put(fill, json={"customer_ids": [foreign["id"]]}, headers={"If-Match": '"1"'})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "customer_ids")
    await book.http.put(fill, json={"customer_ids": [customer["id"]] * 2}, headers={"If-Match": '"1"'})
    shown = (await book.http.get(f"/v1/customer-groups/{group['id']}")).json()
    assert (shown["customer_ids"], shown["version"]) == ([customer["id"]], 2)
    found = (await book.http.get("/v1/customers", params={"group_id": group["id"]})).json()["items"]
    assert [c["id"] for c in found] == [customer["id"]]
    assert (await book.http.delete(f"/v1/customer-groups/{group['id']}")).status_code == 204


async def test_the_team_is_who_joined_and_was_not_removed(book: Book) -> None:
    """CM-26 to CM-28; a removal that comes first stands."""
    customer = await book.add(team_name="Alpha crew")
    ids = [uuid4() for _ in range(3)]
    joined = [
        MemberJoined(
            member_id=i, role="customer_viewer", customer_id=UUID(customer["id"]), name="P", email="p@x.example"
        )
        for i in ids
    ]
    removed = [MemberRemoved(member_id=i, customer_id=UUID(customer["id"])) for i in ids]
    await book.service.tell(book.id, joined[0], joined[1], removed[1], removed[2], joined[2], at=AT)
    await book.settled()
    async with book.portal(customer) as portal:
        team = (await portal.get(f"/v1/customers/{customer['id']}/team")).json()
    assert team["team_name"] == "Alpha crew"
    assert [(m["member_id"], m["email"]) for m in team["items"]] == [(str(ids[0]), "p@x.example")]
