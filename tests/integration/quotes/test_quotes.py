"""Quotes through the API (CB-87 to CB-99; worked case E22)."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from events.customers import CustomerChanged
from support.selling_house import AT, SETTINGS, House


async def test_the_worked_quote_from_the_catalogue_to_the_cent(house: House) -> None:
    made = await house.furnish()
    quote = await house.draft(items=[{"catalogue_id": made["id"], "quantity": 4}], notes="thin")
    assert (quote["equipment"], quote["total"]) == ("16600.00", "19586.00")
    assert quote["fees"] == {
        "admin": "250.00", "transfer": "0.00", "install": "180.00", "deposit": "766.50", "shipping": "420.00",
        "sales_tax": "1369.50",
    }  # fmt: skip
    assert (quote["margin"], quote["margin_percent"], quote["notes"]) == ("2200.00", "13.25", "thin")
    assert (quote["terms_text"], quote["state"], quote["buyer_name"]) == (SETTINGS["terms_text"], "draft", "Alpha")
    assert house.mails(quote["buyer_email"]) == []


async def test_totals_follow_each_change_and_fees_can_be_reset(house: House) -> None:
    await house.furnish()
    quote = await house.draft(fees={"deposit": "500"})
    path = f"/v1/quotes/{quote['id']}"
    assert (quote["total"], quote["fees_by_hand"]) == ("19319.50", ["deposit"])
    changed = await house.ok("PATCH", path, {"fees": {"admin": "0"}, "rate_per_kwh": "0.08"}, **{"If-Match": '"1"'})
    assert (changed["fees"]["deposit"], changed["fees"]["admin"]) == ("500.00", "0.00")
    again = await house.ok("PATCH", path, {"fees": {"deposit": None}}, **{"If-Match": '"2"'})
    assert (again["fees"]["deposit"], again["fees_by_hand"]) == ("817.60", ["admin"])
    reset = await house.ok("POST", f"{path}/reset-fees")
    assert (reset["fees"]["admin"], reset["fees_by_hand"], reset["total"]) == ("250.00", [], "19637.10")


async def test_a_sites_own_fee_rates_come_before_the_organizations(house: House) -> None:
    rates = SETTINGS | {"site_fee_rates": {str(house.site_id): {"install_per_unit": "60"}}}
    await house.ok("PUT", "/v1/quotes/settings", rates, **{"If-Match": '"0"'})
    quote = await house.draft()
    assert quote["fees"]["install"] == "180.00"
    path = f"/v1/quotes/{quote['id']}"
    moved = await house.ok("PATCH", path, {"site_id": str(house.site_id)}, **{"If-Match": '"1"'})
    assert moved["fees"]["install"] == "240.00"
    assert (await house.ok("PATCH", path, {"site_id": None}, **{"If-Match": '"2"'}))["fees"]["install"] == "180.00"


async def test_settings_changed_later_do_not_reach_a_quote_by_themselves(house: House) -> None:
    await house.furnish()
    quote = await house.draft()
    other = {"fee_rates": {"admin": "9999"}, "terms_text": "Other terms.", "valid_days": 5}
    await house.ok("PUT", "/v1/quotes/settings", other, **{"If-Match": '"1"'})
    kept = await house.ok("GET", f"/v1/quotes/{quote['id']}")
    assert (kept["total"], kept["terms_text"], kept["valid_days"]) == ("19586.00", "These are the terms.", 30)
    stale = await house.refused("PUT", "/v1/quotes/settings", other, **{"If-Match": '"1"'})
    assert stale[:2] == (412, "stale_version")


async def test_a_draft_for_a_prospect_may_lack_the_address(house: House) -> None:
    quote = await house.draft(customer_id=None, prospect={"name": "Beta"})
    path = f"/v1/quotes/{quote['id']}"
    assert (await house.refused("POST", f"{path}/send"))[::2] == (422, "prospect.email")
    prospect = {"name": "Beta", "email": "buy@beta.test"}
    assert (await house.ok("PATCH", path, {"prospect": prospect}, **{"If-Match": '"1"'}))["buyer_email"]


async def test_numbers_are_given_once_under_parallel_drafts(house: House) -> None:
    drafts = await asyncio.gather(*(house.draft() for _ in range(12)))
    assert sorted(q["number"] for q in drafts) == [f"Q-{n:05d}" for n in range(1, 13)]


async def test_customers_people_see_their_own_sent_quotes_as_buyers(house: House) -> None:
    await house.furnish()
    mine, drafted = await house.draft(notes="thin"), await house.draft()
    prospects = await house.draft(customer_id=None, prospect={"name": "Beta", "email": "buy@beta.test"})
    for quote in (mine, prospects):
        await house.ok("POST", f"/v1/quotes/{quote['id']}/send")
    listed = (await house.as_portal(house.customer_id, "/v1/quotes")).json()["items"]
    assert [q["id"] for q in listed] == [mine["id"]]
    seen = await house.as_portal(house.customer_id, f"/v1/quotes/{mine['id']}")
    assert seen.json()["total"] == "19586.00"
    assert not [word for word in ("cost", "margin", "notes", "3600", "2200.00", "thin") if word in seen.text]
    preview = await house.ok("GET", f"/v1/quotes/{mine['id']}/buyers-copy")
    assert preview == seen.json()
    for other in (drafted, prospects):
        assert (await house.as_portal(house.customer_id, f"/v1/quotes/{other['id']}")).status_code == 404
    assert (await house.as_portal(uuid4(), f"/v1/quotes/{mine['id']}")).status_code == 404


async def test_a_foreign_organization_sees_none_of_it_also_by_query(house: House) -> None:
    quote = await house.draft()
    async with house.service.client(uuid4(), ["quotes.read", "quotes.write"]) as stranger:
        for method, path in (("GET", ""), ("POST", "/send"), ("POST", "/accept"), ("POST", "/reset-fees")):
            answer = await stranger.request(method, f"/v1/quotes/{quote['id']}{path}")
            assert answer.status_code == 404
    connection = await asyncpg.connect(house.service.database_url)
    try:
        assert await connection.fetchval("select count(*) from quotes") == 0
        await connection.execute("select set_config('app.organization_id', $1, false)", str(house.organization_id))
        assert await connection.fetchval("select count(*) from quotes") == 1
        await connection.execute("select set_config('app.customer_id', $1, false)", str(uuid4()))
        assert await connection.fetchval("select count(*) from quotes") == 0
    finally:
        await connection.close()


async def test_a_role_that_only_reads_drafts_nothing(house: House) -> None:
    async with house.service.client(house.organization_id, ["quotes.read"]) as reader:
        assert (await reader.post("/v1/quotes", json=house.wish())).status_code == 403
        assert (await reader.get("/v1/quotes/settings")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"customer_id": None}, 422, "customer_id"),
        ({"prospect": {"name": "B"}}, 422, "customer_id"),
        ({"customer_id": str(uuid4())}, 404, "customer_id"),
        ({"site_id": str(uuid4())}, 404, "site_id"),
        ({"items": [{"catalogue_id": str(uuid4()), "quantity": 1}]}, 404, "catalogue_id"),
        ({"items": [{"quantity": 1}]}, 422, "items"),
        ({"items": [{"quantity": 0, "name": "S", "unit_price": "1"}]}, 422, "items.quantity"),
        ({"items": [{"quantity": 1, "name": "S", "unit_price": 1.5}]}, 422, "items.0.unit_price"),
        ({"items": [{"quantity": 1, "name": "S", "unit_price": "1e3"}]}, 422, "items.0.unit_price"),
        ({"fulfilment": "by_magic"}, 422, "fulfilment"),
        ({"term": "10_years"}, 422, "term"),
        ({"rate_per_kwh": None}, 422, "rate_per_kwh"),
        ({"rate_per_kwh": "-1"}, 422, "rate_per_kwh"),
        ({"fees": {"admin": "-1"}}, 422, "fees.admin"),
        ({"fees": {"bribe": "1"}}, 422, "fees.bribe"),
        ({"valid_days": 0}, 422, "valid_days"),
        ({"notes": "\x00"}, 422, "notes"),
        ({"total": "1"}, 422, "total"),
    ],
)
async def test_each_impossible_part_is_refused_by_its_name(
    house: House, changes: dict[str, object], status: int, field: str
) -> None:
    wish = house.wish(**changes)
    assert (await house.refused("POST", "/v1/quotes", wish))[::2] == (status, field)


async def test_an_inactive_customer_gets_no_quote(house: House) -> None:
    closed = CustomerChanged(
        customer_id=house.customer_id, version=2, name="Alpha", contact_email="a@alpha.test", is_active=False
    )
    await house.service.tell(house.organization_id, closed, at=AT)
    await house.service.settled(house.organization_id)
    assert (await house.refused("POST", "/v1/quotes", house.wish()))[::2] == (422, "customer_id")
