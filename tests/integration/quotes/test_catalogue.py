"""The catalogue (CB-111 to CB-114)."""

from uuid import uuid4

import pytest

from support.selling_house import MACHINE, House


async def test_a_model_is_added_with_its_efficiency_read_and_changed(house: House) -> None:
    made = await house.ok("POST", "/v1/catalogue", MACHINE)
    assert (made["efficiency_jth"], made["unit_price"], made["currency"]) == ("17.5", "4150.00", "USD")
    path = f"/v1/catalogue/{made['id']}"
    changed = await house.ok("PATCH", path, {"hashrate_ths": "234", "stock": None}, **{"If-Match": '"1"'})
    assert (changed["efficiency_jth"], changed["stock"], changed["version"]) == ("14.957", None, 2)
    assert await house.ok("GET", path) == changed
    assert (await house.refused("PATCH", path, {"stock": 3}, **{"If-Match": '"1"'}))[:2] == (412, "stale_version")


async def test_an_sku_is_unique_in_the_organization(house: House) -> None:
    await house.ok("POST", "/v1/catalogue", MACHINE)
    assert await house.refused("POST", "/v1/catalogue", MACHINE) == (409, "conflict", "sku")


async def test_archiving_hides_a_model_and_keeps_what_was_quoted(house: House) -> None:
    made = await house.furnish()
    quote = await house.draft(items=[{"catalogue_id": made["id"], "quantity": 2}])
    await house.ok("POST", f"/v1/catalogue/{made['id']}/archive")
    assert (await house.ok("GET", "/v1/catalogue"))["items"] == []
    assert len((await house.ok("GET", "/v1/catalogue?archived=true"))["items"]) == 1
    wish = house.wish(items=[{"catalogue_id": made["id"], "quantity": 2}])
    assert (await house.refused("POST", "/v1/quotes", wish))[::2] == (422, "items.catalogue_id")
    assert (await house.ok("GET", f"/v1/quotes/{quote['id']}"))["items"][0]["name"] == "S21"
    await house.ok("POST", f"/v1/catalogue/{made['id']}/restore")
    assert len((await house.ok("GET", "/v1/catalogue"))["items"]) == 1


async def test_customers_people_see_neither_cost_nor_stock_nor_archived_models(house: House) -> None:
    made = await house.furnish()
    path = f"/v1/catalogue/{made['id']}"
    seen = (await house.as_portal(house.customer_id, path)).json()
    assert (seen["unit_price"], seen["cost_basis"], seen["stock"]) == ("4150.00", None, None)
    await house.ok("POST", f"{path}/archive")
    assert (await house.as_portal(house.customer_id, path)).status_code == 404
    for hidden in ("archived=true", "in_stock=true", "sort=cost_basis", "sort=-stock"):
        assert (await house.as_portal(house.customer_id, f"/v1/catalogue?{hidden}")).status_code == 403
    assert (await house.as_portal(house.customer_id, "/v1/catalogue?sort=-unit_price")).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"unit_price": 4150}, "unit_price"), ({"unit_price": "4150.001"}, "amount"), ({"name": ""}, "name")),
        *(({"power_w": "0"}, "power_w"), ({"stock": -1}, "stock"), ({"cost_basis": "-1"}, "cost_basis")),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_each_impossible_field_is_refused_by_its_name(
    house: House, changes: dict[str, object], field: str
) -> None:
    assert (await house.refused("POST", "/v1/catalogue", MACHINE | changes))[::2] == (422, field)


async def test_a_foreign_model_looks_like_none_and_a_wrong_role_writes_nothing(house: House) -> None:
    made = await house.ok("POST", "/v1/catalogue", MACHINE)
    async with house.service.client(uuid4(), ["quotes.read"]) as stranger:
        assert (await stranger.get(f"/v1/catalogue/{made['id']}")).status_code == 404
    async with house.service.client(house.organization_id, ["quotes.read", "quotes.write"]) as reader:
        assert (await reader.post("/v1/catalogue", json=MACHINE)).status_code == 403
