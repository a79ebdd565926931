"""What people hand over: files by their content, mails by their references, tables by their lines."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from common.errors import RuleBroken
from customers.domain.activity import told
from customers.domain.announcement import Announcement, Audience, BadAnnouncement, Reach
from customers.domain.files import MOST_BYTES, BadFile, checked_file
from customers.domain.importing import BadTable, customer_fields, read_table
from customers.domain.mail_thread import BadMail, newly_written, read_mail
from customers.domain.person import Contact

_ID = UUID(int=1)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("b.PNG", PNG, "image/png"),
        ("c.jpeg", b"\xff\xd8\xff\xe0" + b"x" * 9 + b"\xff\xd9", "image/jpeg"),
        ("miner.log", "Überhitzt\n".encode(), "text/plain"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: bytes, media_type: str) -> None:
    assert checked_file(name, content, field="file").media_type == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b""),
        ("a.pdf", b"MZ\x90\0"),
        ("a.exe", PDF),
        ("../a.pdf", PDF),
        ("a.pdf\n", PDF),
        ("a.svg", b"<svg onload=alert(1)>"),
        ("a.txt", b"  <html><script>"),
        ("a.txt", b"a\0b"),
        ("a.zip", b"PK\x03\x04" + b"\0" * 30),
        ("a.pdf", PDF.replace(b"<<>>", b"<</OpenAction<</JS(x)>>>>")),
        ("a.txt", b"x" * (MOST_BYTES + 1)),
    ],
)
def test_what_it_claims_to_be_does_not_help_a_file(name: str, content: bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        checked_file(name, content, field="file")
    assert (refused.value.field or "").startswith("file")


def test_a_signed_paper_is_a_pdf() -> None:
    with pytest.raises(BadFile, match="not a PDF"):
        checked_file("a.png", PNG, field="file", only_pdf=True)


MAIL = b"""From: Ops <OPS@alpha.example>
To: support@host.example
Subject: Re: AW: [T-00012] Unit <b>offline</b>
Message-ID: <m2@alpha.example>
In-Reply-To: <ticket-0195@host.example>
References: <m1@alpha.example> <ticket-0195@host.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Still offline.

On Sat, 1 Mar 2025 Host wrote:
> Is it on?
--x
Content-Type: application/pdf; name=a.pdf
Content-Disposition: attachment; filename=a.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--x--
"""


def test_a_mail_names_what_it_answers_and_brings_only_what_is_new() -> None:
    mail = read_mail(MAIL)
    assert (mail.sender, mail.message_id, mail.ticket_number) == ("ops@alpha.example", "<m2@alpha.example>", "T-00012")
    assert mail.answers_to == ("<ticket-0195@host.example>", "<m1@alpha.example>")
    assert (mail.text, mail.files) == ("Still offline.", (("a.pdf", b"%PDF-"),))
    assert mail.title == "[T-00012] Unit boffline/b"
    assert newly_written("> all quoted") == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\0",
        MAIL.replace(b"Message-ID: <m2@alpha.example>\n", b""),
        MAIL.replace(b"OPS@alpha.example", b"nobody"),
        MAIL.replace(b"To: ", b"Auto-Submitted: auto-replied\nTo: "),
    ],
)
def test_a_mail_without_sender_or_identity_or_by_a_machine_is_refused(raw: bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        read_mail(raw)
    assert refused.value.field == "raw"
    assert isinstance(refused.value, BadMail) or "e-mail" in refused.value.message


def test_a_table_tells_every_fault_by_its_line() -> None:
    text = '\ufeffName;contact_email;tags\nAlpha;ops@alpha.example;"texas|vip"\n\nBeta;\n;x@y.example;\na;b;c;d\n'
    lines, errors = read_table(text, ("name", "contact_email", "tags"), ("name", "contact_email"))
    assert [customer_fields(line) for line in lines] == [
        {"name": "Alpha", "contact_email": "ops@alpha.example", "tags": ("texas", "vip")}
    ]
    assert [(e.line, e.field) for e in errors] == [(4, ""), (5, "name"), (6, "")]
    with_commas = "name,contact_email,tags\rAlpha,ops@alpha.example,texas;vip\r"
    assert read_table(with_commas, ("name", "contact_email", "tags"), ("name",))[0] == [
        replace(lines[0], values={**lines[0].values, "tags": "texas;vip"})
    ]


@pytest.mark.parametrize(
    "text",
    ["", "name\nA\n", "name,contact_email,colour\n", "name,name,contact_email\n", 'name,contact_email\n"a,b', "\0"],
)
def test_a_file_that_is_no_such_table_is_refused_whole(text: str) -> None:
    with pytest.raises(BadTable):
        read_table(text, ("name", "contact_email"), ("name", "contact_email"))


@pytest.mark.parametrize(
    ("reach", "values"),
    [
        (Reach.ALL, ("x",)),
        (Reach.GROUPS, ()),
        (Reach.SITES, ("no-id",)),
        (Reach.CONTRACT_TYPES, ("rent",)),
        (Reach.CUSTOMERS, ("1",) * 501),
    ],
)
def test_an_audience_is_complete_or_refused(reach: Reach, values: tuple[str, ...]) -> None:
    with pytest.raises(BadAnnouncement):
        Audience(reach, values)


def test_an_announcement_reaches_somebody_and_a_contact_can_be_reached() -> None:
    with pytest.raises(BadAnnouncement):
        Announcement(_ID, "T", "text", Audience(), in_portal=False)
    with pytest.raises(RuleBroken):
        Contact(_ID, _ID, "Night shift")


def test_a_fact_reads_as_a_sentence_and_an_unknown_one_is_the_hosts_alone() -> None:
    issued = {"number": "INV-7", "total": "10.00", "currency": "USD", "due_on": "2025-04-16", "invoice_id": "i"}
    line = told("invoicing.invoice.issued.v1", issued)
    assert (line.summary, line.permission, line.for_customer, dict(line.subjects)) == (
        "Invoice INV-7 was issued: 10.00 USD, due 2025-04-16", "invoices.read", True, {"invoice_id": "i"},
    )  # fmt: skip
    unknown = told("contracts.thing.done_so.v1", {"reason": "internal"})
    assert (unknown.summary, unknown.for_customer) == ("Thing done so", False)
