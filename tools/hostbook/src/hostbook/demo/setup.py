"""From the recorded site to an organization with customers, machines, meters and contracts."""

from __future__ import annotations

import secrets
from typing import Any

from hostbook.client.assignments import add_assignment, every_assignment, release_assignment
from hostbook.client.channels import add_channel
from hostbook.client.contracts import activate_contract, add_contract, put_contract_units
from hostbook.client.credits import add_credit
from hostbook.client.customers import add_customer
from hostbook.client.dunning_policy import put_dunning_policy, read_dunning_policy
from hostbook.client.members import add_member
from hostbook.client.organizations import add_organization
from hostbook.client.pdus import add_pdu
from hostbook.client.shapes import ContractFields, NewChannel, NewPdu, UnitBegin
from hostbook.client.sites import add_site
from hostbook.client.units import add_units_batch, put_unit, read_unit
from hostbook.demo.api import Api, ApiRefused
from hostbook.demo.clock import wait_settled
from hostbook.demo.world import World

CLOCK_AT = "2025-03-01T07:00:00Z"  # 01:00 local: after the billing work of the day
DEFAULT_DAYS = 14


def open_organization(api: Api, site: dict[str, Any]) -> World:
    """A test-mode organization; where its short name is taken by an earlier demo, the next free one."""
    recorded = site["organization"]
    body: Any = {k: recorded[k] for k in ("name", "timezone", "billing_day", "currency", "due_days")}
    for number in range(1, 1000):
        slug = recorded["slug"] if number == 1 else f"{recorded['slug']}-{number}"
        try:
            made = add_organization(api, body | {"slug": slug, "mode": "test", "clock_at": CLOCK_AT})
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
    policy = read_dunning_policy(api)
    steps: Any = [step | {"days_after_due": min(step["days_after_due"], DEFAULT_DAYS)} for step in policy["steps"]]
    put_dunning_policy(api, {"steps": steps}, policy["version"])


def _login(api: Api, slug: str) -> tuple[str, str]:
    email, password = f"finance@{slug}.example", secrets.token_urlsafe(15)
    add_member(api, {"email": email, "name": "Finance desk", "role": "admin", "password": password})
    return email, password


def add_customers(api: Api, world: World, site: dict[str, Any]) -> None:
    """The customers with the credit that they bring."""
    for key, customer in site["customers"].items():
        office, billing = f"office@{key}.example", f"billing@{key}.example"
        made = add_customer(api, {"name": customer["name"], "contact_email": office, "billing_email": billing})
        world.customers[key] = made["id"]
    wait_settled(api, world.id)
    currency = site["organization"]["currency"]
    for key, customer in site["customers"].items():
        if customer["credit"] not in ("0", "0.00"):
            customer_id, reason = world.customers[key], "opening balance"
            add_credit(
                api,
                {"customer_id": customer_id, "amount": customer["credit"], "currency": currency, "reason": reason},
            )


def add_units(api: Api, world: World, site: dict[str, Any]) -> None:
    """The site and its machines; those of a lease are the host's own."""
    place = site["site"]
    fields: Any = {"name": place["name"], "code": place["id"], "timezone": place["timezone"]}
    world.site_id = add_site(api, fields | {"capacity_kw": str(place["capacity_kw"])})["id"]
    contracts = {c["id"]: c for c in site["contracts"]}
    rows: Any = []
    for unit in site["units"]:
        contract = contracts[unit["assignments"][0]["contract"]]
        owner = None if contract["type"] == "lease" else world.customers[contract["customer"]]
        rows.append(unit_fields(world, unit) | {"customer_id": owner})
    answer = add_units_batch(api, {"units": rows})
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
        body: NewPdu = {
            "name": name,
            "site_id": world.site_id,
            "outlet_count": len(channels),
            "tick_kwh": channels[0]["tick_kwh"],
            "modulus_kwh": channels[0]["modulus_kwh"],
        }
        world.pdus[name] = add_pdu(api, body)["id"]
        add_channel(api, {"channels": [_channel(world, name, c) for c in channels]})
    wait_settled(api, world.id)


def _channel(world: World, pdu: str, channel: dict[str, Any]) -> NewChannel:
    fields: Any = {
        "pdu_id": world.pdus[pdu],
        "position": int(channel["id"].partition("/")[2]),
        "outlet": channel["outlet"],
        "unit_id": world.units[channel["unit"]],
        "from_at": channel.get("from"),
        "to_at": channel.get("to"),
    }
    given: Any = {k: v for k, v in fields.items() if v is not None}
    taken: NewChannel = given
    return taken


def sign_contracts(api: Api, world: World, site: dict[str, Any]) -> None:
    """Draft, reserve, activate; then the machines that change hands within the month."""
    first = {u["id"]: u["assignments"][0] for u in site["units"]}
    for contract in site["contracts"]:
        draft = add_contract(api, _terms(world, contract))
        own = [world.units[u] for u, a in first.items() if a["contract"] == contract["id"]]
        kept = put_contract_units(api, draft["id"], {"unit_ids": own}, draft["version"])
        begins: list[UnitBegin] = [
            {"unit_id": world.units[u], "from_at": a["from"]}
            for u, a in first.items()
            if a["contract"] == contract["id"]
        ]
        activate_contract(api, draft["id"], {"assignments": begins})
        world.contracts[contract["id"]] = kept["id"]
    for unit in site["units"]:
        hand_over(api, world, site, unit)
    wait_settled(api, world.id)


def _terms(world: World, contract: dict[str, Any]) -> ContractFields:
    terms: Any = {
        k: contract[k] for k in ("rate_per_kwh", "billing_methods", "failover", "power_cap_kw") if k in contract
    }
    agreed: ContractFields = terms | {
        "customer_id": world.customers[contract["customer"]],
        "reference": contract["id"],
        "type": contract["type"],
        "start_on": contract["start"],
        "end_on": contract["end"],
    }
    return agreed


def hand_over(api: Api, world: World, site: dict[str, Any], unit: dict[str, Any]) -> None:
    """Every later assignment of a machine: released there, given to its new owner, assigned here."""
    owners = {c["id"]: world.customers[c["customer"]] for c in site["contracts"]}
    for before, after in zip(unit["assignments"], unit["assignments"][1:], strict=False):
        unit_id = world.units[unit["id"]]
        old = world.contracts[before["contract"]]
        held = next(every_assignment(api, unit_id=unit_id, contract_id=old))
        release_assignment(api, held["id"], {"to_at": before["to"]})
        version = read_unit(api, unit_id)["version"]
        fields: Any = unit_fields(world, unit) | {"customer_id": owners[after["contract"]]}
        put_unit(api, unit_id, fields, version)
        new = world.contracts[after["contract"]]
        add_assignment(api, {"contract_id": new, "unit_id": unit_id, "from_at": after["from"]})
