"""What people write into texts is printed as it is: nothing of it is run by the typesetter (issue 6, section 6)."""

from __future__ import annotations

from support.billed_house import APRIL, Host

HOSTILE = '#panic("run") $x^2$ *bold* `raw` <label> \\ #include "/etc/passwd" <script>alert(1)</script>'


async def test_an_invoice_prints_a_hostile_footer_and_reason_as_text(host: Host) -> None:
    settings = {"footer": HOSTILE}
    kept = await host.http.put("/v1/billing-settings", json=settings, headers={"If-Match": '"0"'})
    assert (kept.status_code, kept.json()["footer"]) == (200, HOSTILE)
    await host.month()
    await host.until(APRIL)
    invoice = await host.invoice()
    document = await host.http.get(f"/v1/invoices/{invoice['id']}/pdf")
    assert (document.status_code, document.content[:5]) == (200, b"%PDF-")
    path = f"/v1/invoices/{invoice['id']}/credit-notes"
    note = await host.do(path, 201, amount="1.00", reason=HOSTILE)
    printed = await host.http.get(f"{path}/{note['id']}/pdf")
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
    (letter,) = await host.letters()
    assert "panic" not in str(letter["Subject"])
