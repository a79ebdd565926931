"""Agreements: published, required, signed by click or on paper; what changed after the signature (SF-06, SF-10)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from customers.domain.agreement import text_sha256
from events.customers import AgreementRequired, AgreementSigned
from hostbook.engines.stack import Stack
from integration.customers.conftest import PDF, Book, file

TEXT = "1. You pay.\n2. We host."


async def published(book: Book, **fields: Any) -> Any:
    body = {"name": "Hosting agreement", "contract_types": ["hosted"], "text": TEXT} | fields
    answer = await book.http.post("/v1/agreements", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def standing(http: Any, customer: Any, agreement: Any) -> Any:
    said = (await http.get(f"/v1/customers/{customer['id']}/agreements")).json()
    return next(s for s in said["standings"] if s["agreement_id"] == agreement["id"])


def click(agreement: Any, **changes: Any) -> dict[str, Any]:
    read = {"version": agreement["version"], "text_sha256": agreement["text_sha256"]}
    return {"signed_by": "A. Signer", "accepts": True} | read | changes


async def test_a_customers_person_signs_what_they_read_and_the_gate_learns_of_both(book: Book) -> None:
    agreement, customer = await published(book), await book.add()
    place = f"/v1/customers/{customer['id']}/agreements/{agreement['id']}/sign"
    async with book.portal(customer) as portal:
        before = await standing(portal, customer, agreement)
        shown = (await portal.get(f"/v1/agreements/{agreement['id']}")).json()
        assert (shown["text"], shown["text_sha256"]) == (TEXT, text_sha256(TEXT))
        wrong = await portal.post(place, json=click(agreement, text_sha256=text_sha256("other")))
        signed = await portal.post(place, json=click(agreement), headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.7"})
        after = await standing(portal, customer, agreement)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "agreement_changed")
    assert (before["state"], after["state"], after["signed_version"]) == ("missing", "signed", 1)
    evidence = signed.json()
    assert (evidence["signed_by"], evidence["address"], evidence["way"]) == ("A. Signer", "192.0.2.7", "click")
    assert evidence["text_sha256"] == text_sha256(TEXT)
    (required,) = [e for e in await book.told("customers.agreement", AgreementRequired) if e.name == agreement["name"]][
        :1
    ]
    assert (required.contract_types, required.accepted_from_version, required.is_withdrawn) == (["hosted"], 1, False)
    told = await book.told("customers.agreement", AgreementSigned)
    event = next(e for e in told if str(e.customer_id) == customer["id"])
    assert (str(event.agreement_id), event.version, event.contract_id) == (agreement["id"], 1, None)
    assert str(event.signed_on) == "2025-03-01"


async def test_a_text_published_while_somebody_reads_is_not_signed_unread(book: Book) -> None:
    """Issue 6, section 6: an agreement changed after signature, and one changed before the click."""
    agreement, customer = await published(book), await book.add()
    place = f"/v1/customers/{customer['id']}/agreements/{agreement['id']}/sign"
    async with book.portal(customer) as portal:
        assert (await portal.post(place, json=click(agreement))).status_code == 201
        newer = {"text": TEXT + "\n3. More.", "must_sign_again": True}
        second = (await book.http.post(f"/v1/agreements/{agreement['id']}/versions", json=newer)).json()
        assert (await standing(portal, customer, agreement))["state"] == "outdated"
        stale = await portal.post(place, json=click(agreement))
        assert (stale.status_code, stale.json()["errors"][0]["field"]) == (409, "text_sha256")
        assert "version 2" in stale.json()["detail"]
        assert (await portal.post(place, json=click(second))).status_code == 201
        assert (await standing(portal, customer, agreement))["state"] == "signed"
    same = await book.http.post(f"/v1/agreements/{agreement['id']}/versions", json=newer)
    assert (same.status_code, same.json()["errors"][0]["field"]) == (422, "text")


async def test_neither_texts_nor_signatures_can_be_changed_and_a_change_behind_our_back_is_noticed(
    book: Book, engines: Stack
) -> None:
    agreement, customer = await published(book), await book.add()
    place = f"/v1/customers/{customer['id']}/agreements/{agreement['id']}/sign"
    async with book.portal(customer) as portal:
        assert (await portal.post(place, json=click(agreement))).status_code == 201
    change = "update agreement_texts set text = 'You pay double.' where agreement_id = $1::text::uuid"
    ours = await asyncpg.connect(book.service.database_url)
    await ours.execute("select set_config('app.organization_id', $1, false)", str(book.id))
    for statement in (change, "update signatures set signed_by = 'X' where agreement_id = $1::text::uuid"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ours.execute(statement, agreement["id"])
    await ours.close()
    thief = await asyncpg.connect(engines.database_url("customers", "superuser"))
    await thief.execute(change, agreement["id"])
    await thief.close()
    assert (await standing(book.http, customer, agreement))["state"] == "altered"


async def test_the_host_signs_for_nobody_but_keeps_papers(book: Book) -> None:
    agreement, customer = await published(book, contract_types=["lease"]), await book.add()
    place = f"/v1/customers/{customer['id']}/agreements/{agreement['id']}"
    async with book.service.client(book.id, ("agreements.sign",)) as host:
        refused = await host.post(f"{place}/sign", json=click(agreement))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "signed_by")
    paper = {"version": 1, "signed_by": "A. Signer", "signed_on": "2025-02-27", "file": file()}
    kept = await book.http.post(f"{place}/upload", json=paper)
    assert kept.status_code == 201, kept.text
    assert (await standing(book.http, customer, agreement))["state"] == "signed"
    got = await book.http.get(f"/v1/documents/{kept.json()['document_id']}")
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment;")
    for change, field in (
        ({"file": file("a.pdf", b"MZ")}, "file"),
        ({"file": {"name": "a.pdf", "content": "%%%"}}, "file.content"),
        ({"signed_on": "2025-03-02"}, "signed_on"),
        ({"signed_by": "7"}, "signed_by"),
        ({"version": 9}, "version"),
    ):
        bad = await book.http.post(f"{place}/upload", json=paper | change)
        assert bad.status_code in (404, 422), bad.text
        assert field in [e["field"] for e in bad.json()["errors"]], bad.text


async def test_a_contracts_document_is_signed_under_the_contracts_name(book: Book) -> None:
    customer, contract_id = await book.add(), uuid4()
    body = {"signed_by": "A. Signer", "accepts": True, "version": 3, "text_sha256": "a" * 64}
    place = f"/v1/customers/{customer['id']}/contracts/{contract_id}"
    async with book.portal(customer) as portal:
        assert (await portal.post(f"{place}/sign", json=body)).status_code == 201
    paper = {"version": 3, "signed_by": "A. Signer", "signed_on": "2025-02-27", "file": file()}
    assert (await book.http.post(f"{place}/upload", json=paper)).status_code == 201
    told = [e for e in await book.told("customers.agreement", AgreementSigned) if e.contract_id == contract_id]
    assert [(str(e.customer_id), e.version) for e in told] == [(customer["id"], 3)] * 2


async def test_a_withdrawn_agreement_is_signed_by_nobody_any_more(book: Book) -> None:
    agreement, customer = await published(book, name="Old terms"), await book.add()
    place = f"/v1/agreements/{agreement['id']}"
    gone = await book.http.patch(place, json={"is_withdrawn": True}, headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.json()["version"]) == (200, 2)
    async with book.portal(customer) as portal:
        refused = await portal.post(
            f"/v1/customers/{customer['id']}/agreements/{agreement['id']}/sign", json=click(gone.json())
        )
    assert refused.status_code == 409
    again = await book.http.patch(place, json={"name": "New"}, headers={"If-Match": '"2"'})
    stale = await book.http.patch(place, json={"name": "New"}, headers={"If-Match": '"1"'})
    assert (again.status_code, stale.status_code) == (409, 412)
    told = [e for e in await book.told("customers.agreement", AgreementRequired) if e.name == "Old terms"]
    assert [(e.version, e.is_withdrawn) for e in told] == [(1, False), (2, True)]


async def test_nobody_signs_or_reads_for_another_customer_or_host(book: Book, other: Book) -> None:
    agreement, mine, foreign = await published(book), await book.add(), await book.add()
    async with book.portal(mine) as portal:
        for method, path, body in (
            ("GET", f"/v1/customers/{foreign['id']}/agreements", None),
            ("POST", f"/v1/customers/{foreign['id']}/agreements/{agreement['id']}/sign", click(agreement)),
        ):
            assert (await portal.request(method, path, json=body)).status_code == 404
        assert (await portal.post("/v1/agreements", json={"name": "X", "text": "X"})).status_code == 403
    assert (await other.http.get(f"/v1/agreements/{agreement['id']}")).status_code == 404
