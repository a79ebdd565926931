"""Who sees what, and what the database itself refuses (issue 3, section 7; rule 8)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from support.billed_house import APRIL, PORTAL, STAFF, Host

OWN_TABLES = (
    "invoices", "entries", "customers", "contracts", "usage_spans", "usage_totals", "charges", "runs", "credit_notes",
    "numbers",
)  # fmt: skip


async def test_another_organizations_things_are_not_found(host: Host) -> None:
    customer = await host.month()
    await host.until(APRIL)
    invoice = await host.invoice()
    stranger = await host.service.open_organization(host.clock_at)
    async with host.service.client(stranger, STAFF) as http:
        assert (await http.get("/v1/invoices")).json()["items"] == []
        for path in ("", "/pdf", "/explain", "/credit-notes"):
            assert (await http.get(f"/v1/invoices/{invoice['id']}{path}")).status_code == 404
        for path in ("release", "cancel", "write-off"):
            answer = await http.post(f"/v1/invoices/{invoice['id']}/{path}", json={"reason": "x"})
            assert answer.status_code == 404
        body = {"period": "2025-03", "customer_id": str(customer.id)}
        assert (await http.post("/v1/invoices/preview", json=body)).status_code == 404
        assert (await http.get("/v1/ledger", params={"customer_id": str(customer.id)})).json()["items"] == []
        cycles = await http.post("/v1/invoices/cycles", json={"contract_id": str(customer.contract_id)})
        assert cycles.status_code == 404


async def test_a_portal_caller_sees_only_their_own(host: Host) -> None:
    mine, other = await host.month(), await host.month("Basin")
    await host.until(APRIL)
    (own,), (foreign,) = await host.invoices(customer_id=mine.id), await host.invoices(customer_id=other.id)
    async with host.service.client(host.id, PORTAL, customer_id=mine.id) as portal:
        assert [i["id"] for i in (await portal.get("/v1/invoices")).json()["items"]] == [own["id"]]
        assert (await portal.get(f"/v1/invoices/{own['id']}")).json()["total"] == "200.00"
        assert (await portal.get(f"/v1/invoices/{own['id']}/pdf")).content[:5] == b"%PDF-"
        for path in ("", "/pdf", "/explain"):
            assert (await portal.get(f"/v1/invoices/{foreign['id']}{path}")).status_code == 404
        credit = {"customer_id": str(other.id), "currency": "USD"}
        assert (await portal.get("/v1/credits", params=credit)).status_code == 404
        body = {"period": "2025-03", "customer_id": str(other.id)}
        assert (await portal.post("/v1/invoices/preview", json=body)).status_code == 404
        for path in ("/v1/ledger", "/v1/market-prices", "/v1/utility-bills"):
            assert (await portal.get(path)).status_code == 403
        run = await host.do("/v1/billing-runs", 202, period="2025-02")
        assert (await portal.get(f"/v1/billing-runs/{run['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/billing-runs", {"period": "2025-02"}),
        ("PUT", "/v1/billing-settings", {}),
        ("POST", "/v1/credits", {}),
        ("POST", "/v1/charges", {}),
        ("POST", "/v1/pool-revenue", {}),
        ("POST", "/v1/market-prices", {}),
        ("POST", "/v1/site-events", {}),
        ("POST", "/v1/utility-bills", {}),
        ("POST", "/v1/invoices/cycles", {}),
        ("GET", "/v1/ledger", None),
    ],
)
async def test_without_the_permission_nothing_is_done(host: Host, method: str, path: str, body: Any) -> None:
    async with host.service.client(host.id, ("invoices.read",)) as http:
        answer = await http.request(method, path, json=body, headers={"If-Match": '"0"'})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_row_level_security_holds_for_the_services_own_role(host: Host) -> None:
    mine = await host.month()
    await host.month("Basin")
    await host.until(APRIL)
    for organization, customer, expected in ((None, None, 0), (host.id, None, 2), (host.id, mine.id, 1)):
        connection = await host.database(customer_id=customer)
        await connection.execute("select set_config('app.organization_id', $1, false)", str(organization or ""))
        assert await connection.fetchval("select count(*) from invoices") == expected
        await connection.close()
    connection = await host.database()
    for table in OWN_TABLES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(_foreign_row(table))
    await connection.close()


def _foreign_row(table: str) -> str:
    """An insert for another organization; every other column takes what it gets."""
    return f"insert into {table} (organization_id) values ('{uuid4()}')"


async def test_the_ledger_takes_inserts_only(host: Host) -> None:
    await host.month()
    await host.until(APRIL)
    connection = await host.database()
    assert await connection.fetchval("select count(*) from entries") == 1
    for table in ("entries", "credit_notes", "market_prices"):
        for statement in (f"delete from {table}", f"update {table} set organization_id = organization_id"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await connection.execute(statement)
    await connection.close()


async def test_a_key_used_for_another_request_is_refused(host: Host) -> None:
    customer = await host.customer()
    body = {"customer_id": str(customer), "amount": "5", "currency": "USD", "reason": "goodwill"}
    key = {"Idempotency-Key": str(uuid4())}
    answers = [await host.http.post("/v1/credits", json=body, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await host.http.post("/v1/credits", json=body | {"amount": "6"}, headers=key)
    assert (other.status_code, await host.credit(customer)) == (409, "5.00")
