"""The gate before prepaid units run, the contract's document and attachments (rule 6.2, SF-06, SF-10)."""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from events.customers import AgreementRequired, AgreementSigned
from events.invoicing import InvoiceIssued, InvoiceReopened, InvoiceSettled
from support.contracting_host import ALL, ContractingHost, open_host
from support.one_service import OneService

DAY = date(2025, 3, 2)
PDF = b"%PDF-1.7 signed"


async def missing(host: ContractingHost, contract_id: str) -> list[list[str]]:
    gate = await host.read(f"/v1/contracts/{contract_id}/energize-gate")
    assert gate["is_open"] is all(u["is_open"] for u in gate["units"])
    return [u["missing"] for u in gate["units"]]


async def tell(host: ContractingHost, *facts: Any) -> None:
    await host.service.tell(host.id, *facts, at=host.clock_at)
    await host.service.settled(host.id)


async def test_units_run_when_the_first_invoice_is_paid_and_the_agreement_signed(service: OneService) -> None:
    host = await open_host(service)
    unit_id = await host.unit()
    prepaid = await host.active(unit_id, plan="prepaid_31d")
    agreement_id, invoice_id = uuid4(), uuid4()
    required = AgreementRequired(
        agreement_id=agreement_id, version=2, accepted_from_version=2, name="Hosting", text_sha256="0" * 64,
        contract_types=["hosted"],
    )  # fmt: skip
    await tell(host, required)
    assert await missing(host, prepaid["id"]) == [
        ["the first invoice is not made yet", "the agreement Hosting is not signed"]
    ]
    about = {"invoice_id": invoice_id, "customer_id": host.customer_id, "number": "INV-7", "currency": "USD"}
    issued = InvoiceIssued(
        **about, period=f"{prepaid['id']}/2025-03-01/1", issued_on=DAY, due_on=DAY, total="10", amount_due="10",
        contract_id=UUID(prepaid["id"]), cycle=1, unit_ids=[UUID(unit_id)],
    )  # fmt: skip
    signed = AgreementSigned(
        customer_id=host.customer_id, agreement_id=agreement_id, text_sha256="0" * 64, signed_on=DAY, version=1
    )
    await tell(host, issued, signed)
    ((unpaid, changed),) = await missing(host, prepaid["id"])
    assert unpaid == "invoice INV-7 is not paid"
    assert "changed after its signature" in changed
    version = {"If-Match": '"1"'}
    path, run = f"/v1/units/{unit_id}/energize", {"on": "2025-03-05"}
    closed = (await host.http.post(path, json=run, headers=version)).json()
    assert (closed["code"], closed["status"]) == ("energize_gate_closed", 409)
    assert "invoice INV-7 is not paid" in closed["detail"]
    await tell(host, InvoiceSettled(**about, settled_on=DAY), signed.model_copy(update={"version": 2}))
    assert await missing(host, prepaid["id"]) == [[]]
    running = (await host.http.post(path, json=run, headers=version)).json()
    assert running["operational_on"] == "2025-03-05"
    await tell(host, InvoiceReopened(**about, due_on=DAY, balance="10"))
    assert await missing(host, prepaid["id"]) == [["invoice INV-7 is not paid"]]
    await host.http.aclose()


async def test_the_signed_document_of_a_contract_stands_for_its_agreements(service: OneService) -> None:
    host = await open_host(service)
    prepaid = await host.active(await host.unit(), plan="prepaid_31d")
    usage = await host.active(await host.unit())
    document = AgreementSigned(
        customer_id=host.customer_id, agreement_id=uuid4(), text_sha256="0" * 64, signed_on=DAY,
        contract_id=UUID(usage["id"]),
    )  # fmt: skip
    await tell(host, document)
    assert (await missing(host, prepaid["id"]))[0][1] == "the hosting agreement is not signed"
    await tell(host, document.model_copy(update={"contract_id": UUID(prepaid["id"])}))
    assert await missing(host, prepaid["id"]) == [["the first invoice is not made yet"]]
    assert await missing(host, usage["id"]) == [[]]
    await host.http.aclose()


async def test_the_document_prints_what_is_agreed_and_changes_with_it(host: ContractingHost) -> None:
    clauses = [{"title": "Access <i>", "text": "Days *only*.\n#set text(1pt)"}]
    made = await host.draft(
        await host.unit(), clauses=clauses, deposit="500.00", extras={"uptime": {"sla_percent": "95"}}
    )
    path = f"/v1/contracts/{made['id']}/document"
    first, again = await host.http.get(path), await host.http.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert first.content.startswith(b"%PDF-")
    assert first.content == again.content
    assert first.headers["X-Document-SHA256"] == hashlib.sha256(first.content).hexdigest()
    active = await host.moved(made, "activate")
    numbered = await host.http.get(path)
    assert numbered.headers["X-Text-SHA256"] != first.headers["X-Text-SHA256"]
    assert active["number"].lower() in numbered.headers["Content-Disposition"]
    assert (await host.http.get(f"/v1/contracts/{uuid4()}/document")).status_code == 404
    async with host.service.client(host.id, ALL, customer_id=host.customer_id) as portal:
        assert (await portal.get(path)).headers["X-Text-SHA256"] == numbered.headers["X-Text-SHA256"]
        seen = (await portal.get(f"/v1/contracts/{made['id']}/versions")).json()["items"]
    assert [(v["change"], v["by"]) for v in seen] == [("activated", "")]
    async with host.service.client(host.id, ALL, customer_id=uuid4()) as stranger:
        assert (await stranger.get(path)).status_code == 404


async def test_attachments_are_what_their_content_says_and_internal_ones_stay_with_the_host(
    host: ContractingHost,
) -> None:
    made = await host.draft()
    path = f"/v1/contracts/{made['id']}/attachments"
    body = {"name": "../signed.pdf", "content": base64.b64encode(PDF).decode(), "is_internal": False}
    shared = await host.post(path, body)
    assert (shared["name"], shared["media_type"], shared["size"]) == ("signed.pdf", "application/pdf", len(PDF))
    inner = await host.post(path, body | {"content": base64.b64encode(PDF + b"!").decode(), "is_internal": True})
    assert (await host.http.get(f"{path}/{inner['id']}")).content == PDF + b"!"
    async with host.service.client(host.id, ALL, customer_id=host.customer_id) as portal:
        assert [a["id"] for a in (await portal.get(path)).json()["items"]] == [shared["id"]]
        assert (await portal.get(f"{path}/{shared['id']}")).content == PDF
        assert (await portal.get(f"{path}/{inner['id']}")).status_code == 404
    async with host.service.client(host.id, ALL, customer_id=uuid4()) as stranger:
        assert (await stranger.get(f"{path}/{shared['id']}")).status_code == 404
    page = base64.b64encode(b"<html><script>").decode()
    for content in (page, "no base64!", ""):
        problem = await host.refused("POST", path, body | {"content": content})
        assert problem["errors"][0]["field"] == "content"


async def test_the_wizard_begins_with_the_sites_rate_else_the_organizations(service: OneService) -> None:
    """The cascade organization, site, contract: each copied once (CB-42, CB-43)."""
    host = await open_host(service, default_rate_per_kwh="0.065")
    site = {"name": "Dear", "code": "DEAR", "timezone": "America/Chicago", "capacity_kw": "10", "energy_rate": "0.091"}
    dear = (await host.post("/v1/sites", site))["id"]
    asked = {"customer_id": str(host.customer_id)}
    own = await host.read("/v1/contracts/defaults", **asked)
    assert (own["rate_per_kwh"], own["rate_from"], own["auto_renew"]) == ("0.065", "organization", True)
    there = await host.read("/v1/contracts/defaults", **asked, site_id=dear, contract_type="lease")
    assert (there["rate_per_kwh"], there["rate_from"], there["auto_renew"]) == ("0.091", "site", False)
    made = await host.draft(rate_per_kwh=None, site_id=dear)
    await host.put(f"/v1/sites/{dear}", site | {"energy_rate": "0.2"}, 1)
    assert (await host.read(f"/v1/contracts/{made['id']}"))["terms"]["rates"][0]["rate_per_kwh"] == "0.091"
    await host.http.aclose()
