"""The document, the credit note and the explanation (rules 1.2, 7.3; CM-05)."""

from __future__ import annotations

from datetime import UTC, datetime

from hostbook.fakes.mail.folder import Folder
from support.billed_house import APRIL, Host


async def test_a_document_is_the_same_bytes_whenever_and_wherever_it_is_asked_for(host: Host) -> None:
    await host.month(units=40)
    await host.until(APRIL)
    invoice = await host.invoice()
    path = f"/v1/invoices/{invoice['id']}/pdf"
    first, second = await host.http.get(path), await host.http.get(path)
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == 'attachment; filename="INV-000001.pdf"'
    (letter,) = await host.letters()
    (attached,) = letter.iter_attachments()
    assert first.content == second.content == attached.get_content()
    fonts = {name for name in (b"LibertinusSerif-Regular", b"LibertinusSerif-Bold") if name in first.content}
    assert len(fonts) == 2
    cancelled = await host.do(f"/v1/invoices/{invoice['id']}/cancel", reason="x")
    assert cancelled["status"] == "cancelled"
    assert (await host.http.get(path)).content != first.content


async def test_a_mail_that_is_refused_for_ever_says_so_and_holds_nobody_up(host: Host) -> None:
    Folder(host.mail).script({"refuse": [host.address("Nobody")], "temporary": 1})
    refused, other = await host.month("Nobody"), await host.month()
    await host.until(APRIL)
    (unread,) = await host.invoices(customer_id=refused.id)
    assert (unread["status"], unread["mailed_at"]) == ("issued", None)
    assert "550" in unread["mail_refused"]
    (sent,) = await host.invoices(customer_id=other.id)
    assert (sent["mailed_at"], sent["mail_refused"]) == ("2025-04-01T05:30:00Z", None)
    assert len(await host.letters()) == 1


async def test_a_credit_note_lowers_what_is_owed_and_its_rest_becomes_credit(host: Host) -> None:
    settings = {"tax": {"energy": "8.25"}}
    await host.http.put("/v1/billing-settings", json=settings, headers={"If-Match": '"0"'})
    customer = await host.month()
    await host.until(APRIL)
    invoice = await host.invoice()
    path = f"/v1/invoices/{invoice['id']}/credit-notes"
    await host.pay(customer.id, "116.50")
    first = await host.do(path, 201, amount="108.25", reason="a week of brown-outs")
    assert (first["number"], first["tax"], first["issued_on"]) == ("CN-000001", {"energy": "8.25"}, "2025-04-01")
    now = (await host.http.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["status"], now["balance"], now["total"]) == ("paid", "0.00", "216.50")
    assert await host.credit(customer.id) == "8.25"
    refused = await host.do(path, 409, amount="108.26", reason="too much")
    assert (refused["code"], refused["errors"][0]["remedy"]) == ("credit_note_too_large", "at most 108.25")
    second = await host.do(path, 201, amount="108.25", reason="the rest")
    assert (second["number"], second["tax"]) == ("CN-000002", {"energy": "8.25"})
    listed = (await host.http.get(path)).json()["items"]
    assert [note["number"] for note in listed] == ["CN-000001", "CN-000002"]
    document = await host.http.get(f"{path}/{second['id']}/pdf")
    assert (document.status_code, document.content[:5]) == (200, b"%PDF-")
    await host.settled()
    assert await host.verbs() == ["issued", "settled"]


async def test_a_credit_note_is_for_what_is_with_the_customer(host: Host) -> None:
    await host.month()
    await host.until(APRIL)
    invoice = await host.invoice()
    await host.do(f"/v1/invoices/{invoice['id']}/cancel", reason="x")
    path = f"/v1/invoices/{invoice['id']}/credit-notes"
    for body, status, code in (
        ({"amount": "5", "reason": "x"}, 409, "not_credited"),
        ({"amount": "5.001", "reason": "x"}, 409, "not_credited"),
        ({"amount": "five", "reason": "x"}, 422, "invalid_request"),
    ):
        assert (await host.do(path, status, **body))["code"] == code


async def test_every_line_is_explained_down_to_its_days(host: Host) -> None:
    await host.month(units=2)
    await host.until(datetime(2025, 4, 1, 12, tzinfo=UTC))
    invoice = await host.invoice()
    (line,) = (await host.http.get(f"/v1/invoices/{invoice['id']}/explain")).json()["lines"]
    assert line["text"] == "energy 400.00 USD = 5000.000 kWh x 0.08"
    why, *units = line["children"]
    assert why["text"].startswith("method metered: number 1 of metered, hash")
    assert [u["text"] for u in units] == ["unit rig-1: 2500.000 kWh", "unit rig-2: 2500.000 kWh"]
    assert [d["text"] for d in units[0]["children"]] == [
        "2025-03-30T05:00:00Z to 2025-03-31T05:00:00Z: 1250 kWh in 24 h",
        "2025-03-31T05:00:00Z to 2025-04-01T05:00:00Z: 1250 kWh in 24 h",
    ]
