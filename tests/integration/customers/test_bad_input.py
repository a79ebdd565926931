"""Every field of this service against what people and programs send by mistake or on purpose (issue 6, section 6)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from integration.customers.conftest import Book, file

EMPTY, CONTROL, HTML, HIDDEN = "  ", "a\u0000b", "<script>alert(1)</script>", "a\u202eb"
MIXED = "\u0410lpha"  # begins with a Cyrillic A
LINE: tuple[object, ...] = (EMPTY, CONTROL, HTML, HIDDEN, MIXED, "x" * 300, 7, ["x"])
PROSE: tuple[object, ...] = (EMPTY, CONTROL, HIDDEN, "x" * 250_001, 7)
ADDRESS: tuple[object, ...] = (
    "", "nobody", "a b@x.example", "a@b@x.example", "a@x", "ops@x.example, b@y.example", "a@x.example\nBcc: b@y.org",
    "\u043eps@x.example", "ops@ex\u0430mple.com", "<ops@x.example>", f"{'x' * 250}@x.example", 7,
)  # fmt: skip
ID: tuple[object, ...] = ("", "x", "1", 7, HTML)
FLAG: tuple[object, ...] = ("perhaps", 7, None, [])

CUSTOMER = {"name": "Alpha", "contact_email": "ops@x.example"}
CONTACT = {"name": "Noc", "email": "noc@x.example"}
AGREEMENT = {"name": "Terms", "text": "You pay."}
TICKET = {"customer_id": "{customer}", "title": "Offline", "text": "It is off."}
ANNOUNCEMENT = {"title": "News", "text": "All is well."}
CLICK = {"signed_by": "A. Signer", "version": 1, "text_sha256": "a" * 64, "accepts": True}
PAPER = {"signed_by": "A. Signer", "version": 1, "signed_on": "2025-02-01", "file": file()}
PROMISES = {p: {"first_answer_minutes": 10, "resolution_minutes": 20} for p in ("urgent", "high", "normal", "low")}
WISHES: dict[str, Any] = {"offline_minutes": 15}

# Place and a body that is fine; then each field, with what it must not be.
Case = tuple[str, str, dict[str, Any], dict[str, tuple[object, ...]]]
CASES: list[Case] = [
    ("POST", "/v1/customers", CUSTOMER, {
        "name": LINE, "contact_email": ADDRESS, "billing_email": ADDRESS, "company": LINE, "team_name": LINE,
        "phone": (EMPTY, CONTROL, HTML, "call me", "1", "1" * 41, 7), "currency": ("usd", "XBX", "US", "", 7),
        "notes": PROSE, "tags": ("vip", ["a", "A"], [HTML], [""], ["x" * 41], [str(n) for n in range(21)], [7]),
        "is_admin": (True,), "in_default": (False,), "version": (7,),
    }),
    ("PATCH", "/v1/customers/{customer}", {}, {
        "name": (*LINE, None), "contact_email": (*ADDRESS, None), "tags": (None, [HTML]), "is_active": FLAG,
        "has_portal_access": FLAG, "on_billing_hold": FLAG, "merged_into": (str(uuid4()),), "id": (str(uuid4()),),
    }),
    ("POST", "/v1/customers/import", {"csv": "name,contact_email\n"}, {
        "csv": ("", "\u0000", "name\nA\n", "name,contact_email,x\n", "x" * 2_000_001, 7), "dry_run": FLAG,
    }),
    ("POST", "/v1/customers/{customer}/merge", {"into_customer_id": str(uuid4())}, {"into_customer_id": ID}),
    ("POST", "/v1/customers/{customer}/contacts", CONTACT, {
        "name": LINE, "email": ADDRESS, "phone": ("call me", CONTROL), "job": LINE,
    }),
    ("POST", "/v1/customer-groups", {"name": "North"}, {"name": LINE}),
    ("PUT", "/v1/customer-groups/{group}/customers", {"customer_ids": []}, {
        "customer_ids": (None, "x", ["x"], [str(uuid4())]),
    }),
    ("POST", "/v1/agreements", AGREEMENT, {
        "name": LINE, "text": PROSE, "contract_types": ("hosted", ["rent"], ["hosted", "hosted"], [7]),
    }),
    ("POST", "/v1/agreements/{agreement}/versions", {"text": "You pay more.", "must_sign_again": True}, {
        "text": (*PROSE, "You pay."), "must_sign_again": FLAG,
    }),
    ("PATCH", "/v1/agreements/{agreement}", {}, {"name": LINE, "is_withdrawn": (False, "x"), "text": ("You pay 2.",)}),
    ("POST", "/v1/customers/{customer}/agreements/{agreement}/upload", PAPER, {
        "signed_by": (*LINE, "7", "x"), "version": (0, -1, 99, "one"), "signed_on": ("yesterday", "2999-01-01", 7),
        "file": (None, "x", {}, file("a.exe"), file("a.pdf", b"x"), file("a.pdf", b"<svg/>"), file("../a.pdf")),
    }),
    ("POST", "/v1/tickets", TICKET, {
        "title": LINE, "text": (EMPTY, CONTROL, HIDDEN, "x" * 50_001, 7), "priority": ("panic", 7, ""),
        "customer_id": (*ID, str(uuid4())), "unit_id": (*ID, str(uuid4())), "invoice_id": (*ID, str(uuid4())),
        "contract_id": (*ID, str(uuid4())), "invoice_line": (1, "x", -1),
        "files": ("x", [{}], [file("a.zip", b"PK\x03\x04\x00")], [file()] * 6, [file("a.html", b"<html>")]),
    }),
    ("PATCH", "/v1/tickets/{ticket}", {}, {
        "title": LINE, "state": ("gone", None, 7), "priority": ("panic", None), "assignee": LINE, "number": ("T-1",),
    }),
    ("POST", "/v1/tickets/{ticket}/messages", {"text": "Yes."}, {"text": (EMPTY, CONTROL, 7), "is_internal": FLAG}),
    ("POST", "/v1/ticket-mails", {"raw": "eA=="}, {"raw": ("", "%%%", "eA==", "/w==", 7)}),
    ("PUT", "/v1/ticket-settings", {"promises": PROMISES}, {
        "support_email": ADDRESS,
        "promises": (
            None, {}, PROMISES | {"low": {"first_answer_minutes": 0, "resolution_minutes": 1}},
            PROMISES | {"low": {"first_answer_minutes": 9, "resolution_minutes": 1}},
        ),
    }),
    ("POST", "/v1/announcements", ANNOUNCEMENT, {
        "title": LINE, "text": PROSE, "by_mail": FLAG, "in_portal": (*FLAG, False),
        "audience": (
            None, "all", {"reach": "some"}, {"reach": "groups"}, {"reach": "sites", "values": ["x"]},
            {"reach": "all", "values": ["x"]}, {"reach": "contract_types", "values": ["rent"]},
        ),
    }),
    ("POST", "/v1/announcements/{announcement}/send", {}, {"publish_at": ("soon", "2025-03-01T10:00:00", 7.5, HTML)}),
    ("PUT", "/v1/customers/{customer}/alert-preferences", WISHES, {
        "offline_minutes": (0, 1, 10_081, "x", 1.5), "low_hashrate_percent": ("0", "100", "-1", "x", 80, "NaN"),
        "temperature_c": ("39", "121", "hot", 80), "by_mail": FLAG,
    }),
    ("PUT", "/v1/alert-mail-settings", {}, {
        "gather_minutes": (-1, 61, "x", 1.5, None), "window_minutes": (4, 1441, "x", None), "staff_email": ADDRESS,
    }),
]  # fmt: skip
ROWS = [
    pytest.param(method, place, body | {field: value}, field, id=f"{method} {place} {field} {n}")
    for method, place, body, fields in CASES
    for field, values in fields.items()
    for n, value in enumerate(values)
]
PORTAL_ROWS: list[tuple[str, object]] = [
    *(("signed_by", value) for value in (*LINE, "7")),
    *(("version", value) for value in (2, 0)),
    *(("text_sha256", value) for value in ("x", "b" * 64)),
    *(("accepts", value) for value in (False, 1)),
]


@pytest.fixture(scope="module")
async def places(book: Book) -> dict[str, str]:
    """What the places name: a customer with a ticket, a group, an agreement and an announcement."""
    customer = (await book.add())["id"]

    async def made(path: str, body: dict[str, Any]) -> str:
        answer = await book.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    return {
        "customer": customer,
        "group": await made("/v1/customer-groups", {"name": "Bad input"}),
        "agreement": await made("/v1/agreements", AGREEMENT),
        "ticket": await made("/v1/tickets", TICKET | {"customer_id": customer}),
        "announcement": await made("/v1/announcements", ANNOUNCEMENT),
    }


@pytest.mark.parametrize(("method", "place", "body", "field"), ROWS)
async def test_what_cannot_be_is_refused_by_field_and_remedy(
    book: Book, places: dict[str, str], method: str, place: str, body: dict[str, Any], field: str
) -> None:
    sent = {k: v.format(**places) if v == "{customer}" else v for k, v in body.items()}
    answer = await book.http.request(method, place.format(**places), json=sent, headers={"If-Match": '"1"'})
    said = answer.json()
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    fields = [e["field"] for e in said["errors"]]
    assert any(f.split(".")[0] == field for f in fields), (fields, field)
    assert all(e["message"] and e["remedy"] for e in said["errors"]), said


@pytest.mark.parametrize(("field", "value"), PORTAL_ROWS)
async def test_a_click_that_cannot_count_is_refused_by_field(
    book: Book, places: dict[str, str], field: str, value: object
) -> None:
    agreement = (await book.http.get(f"/v1/agreements/{places['agreement']}")).json()
    fine = CLICK | {"text_sha256": agreement["text_sha256"], "version": agreement["version"]}
    path = f"/v1/customers/{places['customer']}/agreements/{places['agreement']}/sign"
    async with book.portal({"id": places["customer"]}) as portal:
        answer = await portal.post(path, json=fine | {field: value})
    assert answer.status_code in (409, 422), answer.text
    named = [e["field"] for e in answer.json()["errors"]]
    assert field in named or named == ["text_sha256"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/v1/customers", {"sort": "size"}, "sort"),
        ("/v1/customers", {"standing": "rich"}, "standing"),
        ("/v1/customers", {"group_id": "x"}, "group_id"),
        ("/v1/customers", {"after": "x"}, "after"),
        ("/v1/customers", {"limit": "201"}, "limit"),
        ("/v1/activity", {"from_at": "2025-03-01T00:00:00"}, "from_at"),
        ("/v1/activity", {"type": "%"}, "type"),
        ("/v1/activity", {"q": "x"}, "q"),
        ("/v1/tickets", {"state": "gone"}, "state"),
        ("/v1/customers/x/overview", {}, "customer_id"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_field(
    book: Book, path: str, query: dict[str, str], field: str
) -> None:
    answer = await book.http.get(path, params=query)
    assert answer.status_code == 422, answer.text
    assert field in [e["field"] for e in answer.json()["errors"]]
