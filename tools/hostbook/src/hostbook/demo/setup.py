"""From the recorded site to an organization with customers, machines, meters and contracts."""

from __future__ import annotations

import secrets
from typing import Any

from hostbook.demo.api import Api, ApiRefused
from hostbook.demo.clock import wait_settled
from hostbook.demo.world import World

CLOCK_AT = "2025-03-01T07:00:00Z"  # 01:00 local: after the billing work of the day
DEFAULT_DAYS = 14


def open_organization(api: Api, site: dict[str, Any]) -> World:
    """A test-mode organization; where its short name is taken by an earlier demo, the next free one."""
    recorded = site["organization"]
    body = {k: recorded[k] for k in ("name", "timezone", "billing_day", "currency", "due_days")}
    for number in range(1, 1000):
        slug = recorded["slug"] if number == 1 else f"{recorded['slug']}-{number}"
        try:
            made = api.post("/v1/organizations", {**body, "slug": slug, "mode": "test", "clock_at": CLOCK_AT})
        except ApiRefused as refused:
            if refused.status != 409:
                raise
            continue
        api.of_organization(made["id"])
        world = World(made)
        wait_settled(api, world.id)
        world.login = _login(api, slug)
        _set_dunning(api)
        return world
    raise RuntimeError("Every short name is taken.")


def _set_dunning(api: Api) -> None:
    """A day earlier than usual: who has not paid by the end of the month is in default when the next bill is made."""
    policy = api.get("/v1/dunning-policy")
    steps = [step | {"days_after_due": min(step["days_after_due"], DEFAULT_DAYS)} for step in policy["steps"]]
    api.change("PUT", "/v1/dunning-policy", policy["version"], {"steps": steps})


def _login(api: Api, slug: str) -> tuple[str, str]:
    email, password = f"finance@{slug}.example", secrets.token_urlsafe(15)
    api.post("/v1/members", {"email": email, "name": "Finance desk", "role": "admin", "password": password})
    return email, password


def add_customers(api: Api, world: World, site: dict[str, Any]) -> None:
    """The customers with the credit that they bring."""
    for key, customer in site["customers"].items():
        body = {
            "name": customer["name"],
            "contact_email": f"office@{key}.example",
            "billing_email": f"billing@{key}.example",
        }
        world.customers[key] = api.post("/v1/customers", body)["id"]
    wait_settled(api, world.id)
    currency = site["organization"]["currency"]
    for key, customer in site["customers"].items():
        if customer["credit"] not in ("0", "0.00"):
            credit = {"customer_id": world.customers[key], "amount": customer["credit"], "currency": currency}
            api.post("/v1/credits", credit | {"reason": "opening balance"})


def add_units(api: Api, world: World, site: dict[str, Any]) -> None:
    """The site and its machines; those of a lease are the host's own."""
    place = site["site"]
    fields = {"name": place["name"], "code": place["id"], "timezone": place["timezone"]}
    world.site_id = api.post("/v1/sites", fields | {"capacity_kw": str(place["capacity_kw"])})["id"]
    contracts = {c["id"]: c for c in site["contracts"]}
    rows = []
    for unit in site["units"]:
        contract = contracts[unit["assignments"][0]["contract"]]
        owner = None if contract["type"] == "lease" else world.customers[contract["customer"]]
        rows.append(unit_fields(world, unit) | {"customer_id": owner})
    answer = api.post("/v1/units/batch", {"units": rows})
    if answer["refused"]:
        raise RuntimeError(f"units were refused: {answer['refused']}")
    world.units = {u["name"]: u["id"] for u in answer["added"]}


def unit_fields(world: World, unit: dict[str, Any]) -> dict[str, Any]:
    """A recorded machine in the API's words."""
    return {
        "name": unit["id"],
        "model": unit["model"],
        "site_id": world.site_id,
        "rated_w": str(unit["rated_w"]),
        "rated_ths": unit["rated_ths"],
        "efficiency_jth": unit["efficiency_jth"],
    }


def add_meters(api: Api, world: World, site: dict[str, Any]) -> None:
    """PDUs and the channels of their outlets; a replaced PDU leaves its outlets to the next one."""
    wait_settled(api, world.id)
    by_pdu: dict[str, list[dict[str, Any]]] = {}
    for channel in site["channels"]:
        by_pdu.setdefault(channel["id"].partition("/")[0], []).append(channel)
    for name, channels in by_pdu.items():
        body = {
            "name": name,
            "site_id": world.site_id,
            "outlet_count": len(channels),
            "tick_kwh": channels[0]["tick_kwh"],
            "modulus_kwh": channels[0]["modulus_kwh"],
        }
        world.pdus[name] = api.post("/v1/pdus", body)["id"]
        api.post("/v1/channels", {"channels": [_channel(world, name, c) for c in channels]})
    wait_settled(api, world.id)


def _channel(world: World, pdu: str, channel: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "pdu_id": world.pdus[pdu],
        "position": int(channel["id"].partition("/")[2]),
        "outlet": channel["outlet"],
        "unit_id": world.units[channel["unit"]],
        "from_at": channel.get("from"),
        "to_at": channel.get("to"),
    }
    return {k: v for k, v in fields.items() if v is not None}


def sign_contracts(api: Api, world: World, site: dict[str, Any]) -> None:
    """Draft, reserve, activate; then the machines that change hands within the month."""
    first = {u["id"]: u["assignments"][0] for u in site["units"]}
    for contract in site["contracts"]:
        draft = api.post("/v1/contracts", _terms(world, contract))
        own = [world.units[u] for u, a in first.items() if a["contract"] == contract["id"]]
        path = f"/v1/contracts/{draft['id']}"
        kept = api.change("PUT", f"{path}/units", draft["version"], {"unit_ids": own})
        begins = [
            {"unit_id": world.units[u], "from_at": a["from"]}
            for u, a in first.items()
            if a["contract"] == contract["id"]
        ]
        api.post(f"{path}/activate", {"assignments": begins})
        world.contracts[contract["id"]] = kept["id"]
    for unit in site["units"]:
        hand_over(api, world, site, unit)
    wait_settled(api, world.id)


def _terms(world: World, contract: dict[str, Any]) -> dict[str, Any]:
    terms = {k: contract[k] for k in ("rate_per_kwh", "billing_methods", "failover", "power_cap_kw") if k in contract}
    return terms | {
        "customer_id": world.customers[contract["customer"]],
        "reference": contract["id"],
        "type": contract["type"],
        "start_on": contract["start"],
        "end_on": contract["end"],
    }


def hand_over(api: Api, world: World, site: dict[str, Any], unit: dict[str, Any]) -> None:
    """Every later assignment of a machine: released there, given to its new owner, assigned here."""
    owners = {c["id"]: world.customers[c["customer"]] for c in site["contracts"]}
    for before, after in zip(unit["assignments"], unit["assignments"][1:], strict=False):
        unit_id = world.units[unit["id"]]
        old = world.contracts[before["contract"]]
        held = next(iter(api.all("/v1/assignments", unit_id=unit_id, contract_id=old)))
        api.post(f"/v1/assignments/{held['id']}/release", {"to_at": before["to"]})
        version = api.get(f"/v1/units/{unit_id}")["version"]
        fields = unit_fields(world, unit) | {"customer_id": owners[after["contract"]]}
        api.change("PUT", f"/v1/units/{unit_id}", version, fields)
        new = world.contracts[after["contract"]]
        api.post("/v1/assignments", {"contract_id": new, "unit_id": unit_id, "from_at": after["from"]})
