"""Hashrate ordered to the host's pool and back: who may, when, once, and what others see (CB-103 to CB-105)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from common.auth import HEADER
from events.audit import ChangeRecorded
from events.contracts import ContractActivated
from events.revenueguard import RedirectActivated, RedirectRestored
from hostbook.engines.stack import Stack
from integration.revenueguard.conftest import ALL, AT, Debtor, new_debtor
from support.engines import Databases
from support.identity_at import OUR_ORIGIN, IdentityHere, migrate
from support.one_service import OneService
from support.processes import Program

BY_PAGE = {"Origin": OUR_ORIGIN}
CLAUSE = "C-000042, clause 9.3"
PATH = "/v1/redirects"


def wish(debtor: Debtor, **changes: object) -> dict[str, Any]:
    return {"customer_id": str(debtor.customer_id), "reason": "No answer.", "clause": CLAUSE} | changes


async def redirected(debtor: Debtor) -> dict[str, Any]:
    answer = await debtor.http.post(PATH, json=wish(debtor))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_order_keeps_its_ground_and_of_twenty_at_once_one_stands(debtor: Debtor) -> None:
    first, second = await debtor.is_in_default(), await debtor.owes("5.125", currency="KWD", due_on=date(2025, 4, 10))
    answers = await asyncio.gather(*(debtor.http.post(PATH, json=wish(debtor)) for _ in range(20)))
    assert Counter(one.status_code for one in answers) == {201: 1, 409: 19}
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"redirect_active"}
    made = next(one.json() for one in answers if one.status_code == 201)
    assert made["owed"] == [{"amount": "5.125", "currency": "KWD"}, {"amount": "96.80", "currency": "USD"}]
    assert [one["invoice_id"] for one in made["invoices"]] == [str(second), str(first)]
    kept = {"reason": "No answer.", "clause": CLAUSE, "ordered_by": "user:test", "is_active": True, "approval_id": None}
    assert made.items() >= kept.items()
    assert (await debtor.http.get(f"{PATH}/{made['id']}")).json() == made
    assert (await debtor.standing())["redirect_id"] == made["id"]
    await debtor.service.settled(debtor.id)
    told = await debtor.service.published("revenueguard.customer", debtor.id)
    (fact,) = [one for one in told if isinstance(one, RedirectActivated)]
    assert (str(fact.redirect_id), fact.clause, fact.reason) == (made["id"], CLAUSE, "No answer.")


async def test_without_default_and_debt_nothing_is_taken_and_the_refusal_names_what_is_missing(debtor: Debtor) -> None:
    refused = await debtor.http.post(PATH, json=wish(debtor))
    assert (refused.status_code, refused.json()["code"]) == (409, "redirect_not_permitted")
    assert refused.json()["detail"] == "The customer is not in default and has no overdue invoice."
    await debtor.owes()
    assert "is not in default." in (await debtor.http.post(PATH, json=wish(debtor))).json()["detail"]


async def test_redirect_off_comes_before_default_cleared_and_what_is_owed_still_is_said(debtor: Debtor) -> None:
    await debtor.is_in_default()
    redirect = f"{PATH}/{(await redirected(debtor))['id']}"
    for body in ({"reason": "Agreed."}, {"reason": "Agreed.", "force": True}):
        refused = await debtor.http.post(f"{debtor.path}/clear", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "still_redirected")
        assert f"{redirect}/restore" in refused.json()["errors"][0]["remedy"]
    off = (await debtor.http.post(f"{redirect}/restore", json={"reason": "A plan was agreed."})).json()
    assert (off["is_active"], off["outstanding"]) == (False, [{"amount": "96.80", "currency": "USD"}])
    assert off["warning"] == "Still overdue: 96.80 USD. The redirect is off all the same."
    assert (off["restored_by"], off["restore_reason"]) == ("user:test", "A plan was agreed.")
    again = await debtor.http.post(f"{redirect}/restore", json={"reason": "Again."})
    assert (again.status_code, again.json()["code"]) == (409, "redirect_restored")
    cleared = await debtor.http.post(f"{debtor.path}/clear", json={"reason": "Agreed.", "force": True})
    assert (cleared.status_code, cleared.json()["in_default"]) == (200, False)
    await debtor.service.settled(debtor.id)
    assert (await debtor.told())[-3:] == ["RedirectActivated", "RedirectRestored", "DefaultCleared"]


async def test_the_payment_of_all_takes_the_redirect_off_and_then_the_default(debtor: Debtor) -> None:
    first, second = await debtor.is_in_default(), await debtor.owes("5.00")
    redirect = f"{PATH}/{(await redirected(debtor))['id']}"
    await debtor.pays(first)
    assert (await debtor.http.get(redirect)).json()["is_active"] is True
    await debtor.pays(second)
    told = await debtor.service.published("revenueguard.customer", debtor.id)
    assert [type(one).__name__ for one in told[-2:]] == ["RedirectRestored", "DefaultCleared"]
    assert isinstance(told[-2], RedirectRestored)
    shown = (await debtor.http.get(redirect)).json()
    assert (shown["restored_by"], shown["restore_reason"]) == (None, "Nothing is overdue any more.")
    assert [one["balance"] for one in shown["invoices"]] == ["96.80", "5.00"]  # as they were when it was ordered
    await debtor.is_in_default()
    await redirected(debtor)  # a later debt is a redirect of its own
    active = (await debtor.http.get(PATH, params={"is_active": True})).json()["items"]
    page = (await debtor.http.get(PATH, params={"limit": 1, "sort": "since_at"})).json()
    rest = (await debtor.http.get(PATH, params={"limit": 1, "sort": "since_at", "after": page["next"]})).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [shown["id"], active[0]["id"]]


async def test_an_order_and_a_clearing_at_once_never_leave_a_redirect_without_default(debtor: Debtor) -> None:
    await debtor.is_in_default()
    ordered, cleared = await asyncio.gather(
        debtor.http.post(PATH, json=wish(debtor)),
        debtor.http.post(f"{debtor.path}/clear", json={"reason": "Agreed.", "force": True}),
    )
    assert (ordered.status_code, cleared.status_code) in ((201, 409), (409, 200))


async def test_a_wrong_order_is_refused_by_its_field(debtor: Debtor) -> None:
    wrong: list[tuple[dict[str, str], int, str]] = [
        ({"clause": " "}, 422, "clause"),
        ({"reason": ""}, 422, "reason"),
        ({"reason": "x\u202ey"}, 422, "reason"),
        ({"amount": "1.00"}, 422, "amount"),
        ({"customer_id": str(uuid4())}, 404, "customer_id"),
        ({"contract_id": str(uuid4())}, 404, "contract_id"),
    ]
    for changes, status, field in wrong:
        refused = await debtor.http.post(PATH, json=wish(debtor, **changes))
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (status, field)
    without = wish(debtor)
    del without["clause"]
    assert (await debtor.http.post(PATH, json=without)).json()["errors"][0]["field"] == "clause"


async def test_a_contract_that_is_named_is_the_customers_own(debtor: Debtor, post: tuple[Path, Program]) -> None:
    other = await new_debtor(debtor.service, post[0], debtor.id)
    theirs = activated(other)
    await debtor.hear(theirs, mine := activated(debtor))
    await debtor.is_in_default()
    refused = await debtor.http.post(PATH, json=wish(debtor, contract_id=str(theirs.contract_id)))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (404, "contract_id")
    ordered = await debtor.http.post(PATH, json=wish(debtor, contract_id=str(mine.contract_id)))
    assert ordered.json()["contract_id"] == str(mine.contract_id)
    await other.http.aclose()


def activated(debtor: Debtor) -> ContractActivated:
    terms = {
        "number": "C-1", "customer_id": debtor.customer_id, "type": "hosted", "start_on": "2025-03-01", "end_on": None,
        "start_at": AT, "end_at": None, "currency": "USD", "timezone": "America/Chicago", "rates": [],
    }  # fmt: skip
    return ContractActivated.model_validate({"contract_id": uuid4(), "version": 1, "terms": terms})


async def test_a_customers_people_see_their_redirect_without_what_is_the_hosts(
    debtor: Debtor, post: tuple[Path, Program]
) -> None:
    other = await new_debtor(debtor.service, post[0], debtor.id)
    foreign = await new_debtor(debtor.service, post[0])
    await debtor.is_in_default()
    made = await redirected(debtor)
    path = f"{PATH}/{made['id']}"
    async with debtor.service.client(debtor.id, {"redirects.read"}, customer_id=debtor.customer_id) as own:
        (shown,) = (await own.get(PATH)).json()["items"]
        assert (
            shown["summary"]
            == f"While invoices are overdue, the hashrate goes to the host's pool, as agreed in {CLAUSE}."
        )
        assert (shown["is_active"], shown["since_at"]) == (True, made["since_at"])
        hidden = ("reason", "ordered_by", "approval_id", "owed", "invoices", "restored_by", "restore_reason")
        assert not any(shown[name] for name in hidden)
        assert (await own.get(path)).json() == shown
        assert (await own.post(PATH, json=wish(debtor))).status_code == 403
    async with debtor.service.client(debtor.id, ALL, customer_id=other.customer_id) as neighbour:
        assert (await neighbour.get(PATH)).json()["items"] == []
        assert (await neighbour.get(path)).status_code == 404
        assert (await neighbour.post(f"{path}/restore", json={"reason": "x"})).status_code == 404
    assert (await foreign.http.get(path)).status_code == 404
    assert (await foreign.http.post(f"{path}/restore", json={"reason": "x"})).status_code == 404
    assert (await foreign.http.post(PATH, json=wish(debtor))).status_code == 404
    for one in (other, foreign):
        await one.http.aclose()


async def test_the_database_itself_keeps_an_order_as_it_was_and_the_default_under_it(debtor: Debtor) -> None:
    await debtor.is_in_default()
    await redirected(debtor)
    connection = await asyncpg.connect(debtor.service.database_url)
    try:
        await connection.execute("select set_config('app.organization_id', $1, false)", str(debtor.id))
        for table in ("redirects", "redirect_debts", "restorations"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"update {table} set customer_id = customer_id")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"delete from {table}")
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("update delinquencies set is_default = false")
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def identity(postgres: Stack, databases: Databases) -> AsyncIterator[IdentityHere]:
    urls = await asyncio.to_thread(databases.migrated, "identity", migrate)
    here = await IdentityHere.open(postgres, urls)
    yield here
    await here.close()


async def through_the_gate(
    identity: IdentityHere, service: OneService, cookie: str, asked: tuple[str, Any], approval: str | None = None
) -> httpx.Response:
    """What the gateway does: the token from identity, then the POST to the service."""
    path, body = asked
    headers = {"Cookie": cookie, **BY_PAGE} | ({"X-Hostbook-Approval": approval} if approval else {})
    asking = {"X-Forwarded-Method": "POST", "X-Forwarded-Uri": path, "X-Forwarded-Proto": "https",
              "X-Forwarded-Host": "gateway.test"}  # fmt: skip
    told = await identity.door().straight("GET", "/internal/forward-auth", None, headers | asking)
    if told.status_code != 200:
        return told
    passed = {HEADER: told.headers[HEADER], "Idempotency-Key": str(uuid4())}
    async with httpx.AsyncClient(base_url=service.url, timeout=20) as http:
        return await http.post(path, json=body, headers=passed)


async def test_where_the_organization_asks_for_four_eyes_one_orders_what_another_approved_and_restores_alone(
    identity: IdentityHere, service: OneService, post: tuple[Path, Program]
) -> None:
    organization = (await identity.open_organization())["id"]
    await service.open_organization(AT, UUID(organization))
    debtor = await new_debtor(service, post[0], UUID(organization))
    await debtor.is_in_default()
    by_key = identity.door(identity.key, organization)
    path, wanted = f"/v1/organizations/{organization}", {"four_eyes": ["redirect"]}
    assert (await by_key.call("PATCH", path, wanted, {"If-Match": '"1"'})).status_code == 200
    clerk, chief = [(await identity.member(organization, "finance")) for _ in range(2)]
    order = (PATH, wish(debtor))
    alone = await through_the_gate(identity, service, clerk["cookie"], order)
    assert (alone.status_code, alone.json()["code"]) == (409, "approval_required")

    asking = {"permission": "redirects.write", "path": PATH, "body": order[1], "reason": "three months late"}
    asked = await identity.door(clerk["cookie"]).call("POST", "/v1/approvals", asking, BY_PAGE)
    approval = asked.json()["id"]
    grant = f"/v1/approvals/{approval}/grant"
    assert (await identity.door(clerk["cookie"]).call("POST", grant, {}, BY_PAGE)).status_code == 403
    assert (await identity.door(chief["cookie"]).call("POST", grant, {}, BY_PAGE)).status_code == 200
    other = (PATH, wish(debtor, reason="Another reason."))
    assert (await through_the_gate(identity, service, clerk["cookie"], other, approval)).status_code == 409
    assert (await through_the_gate(identity, service, chief["cookie"], order, approval)).status_code == 403
    made = (await through_the_gate(identity, service, clerk["cookie"], order, approval)).json()
    assert (made["approval_id"], made["is_active"]) == (approval, True)

    restoring = (f"{PATH}/{made['id']}/restore", {"reason": "Agreed."})
    off = await through_the_gate(identity, service, clerk["cookie"], restoring)
    assert (off.status_code, off.json()["restored_by"]) == (200, made["ordered_by"])
    await service.settled(debtor.id)
    changes = [c for c in await service.published("audit.change", debtor.id) if isinstance(c, ChangeRecorded)]
    audited = [(c.subject, str(c.approval_id)) for c in changes if c.table == "redirects"]
    assert audited == [(made["ordered_by"], approval)]
    await debtor.http.aclose()
