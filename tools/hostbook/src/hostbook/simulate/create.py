"""Everything that the simulated site needs at the gateway: an organization in test mode, contracts, PDUs, channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from common.clock import instant_text, local_day
from common.money import exact_text
from hostbook.client.channels import add_channel
from hostbook.client.contracts import activate_contract, add_contract, put_contract_units
from hostbook.client.customers import add_customer
from hostbook.client.organizations import add_organization
from hostbook.client.pdus import add_pdu
from hostbook.client.shapes import ContractFields, NewChannel, NewCustomer, NewPdu, NewUnit, SiteFields
from hostbook.client.sites import add_site
from hostbook.client.units import add_units_batch
from hostbook.demo.api import Api, ApiRefused
from hostbook.demo.clock import wait_settled
from hostbook.demo.stages import Stages
from hostbook.simulate.plan import Pdu, SitePlan
from hostbook.simulate.world import Span

_MOST_TRIES = 1000
_BATCH = 500


@dataclass
class Made:
    """What was made, by name."""

    organization_id: str
    slug: str
    units: dict[str, str] = field(default_factory=dict)
    pdus: dict[str, str] = field(default_factory=dict)
    contracts: list[str] = field(default_factory=list)


def create(api: Api, plan: SitePlan, span: Span, stages: Stages) -> Made:
    """All of it, through the public API."""
    with stages.stage("organization with a test clock"):
        made = _organization(api, plan, span)
        stages.note(made.slug)
    with stages.stage("customers, site, machines"):
        customers = [_customer(api, number) for number in range(1, plan.customers + 1)]
        wait_settled(api, made.organization_id)
        site_id = _site(api, plan)
        _units(api, plan, site_id, customers, made)
        stages.note(f"{len(customers)} customers, {len(made.units)} units")
    with stages.stage("PDUs, meters and channels"):
        wait_settled(api, made.organization_id)
        _pdus(api, plan, site_id, made)
        _meters(api, plan, site_id, made)
        stages.note(f"{len(made.pdus)} PDUs and meters")
    with stages.stage("contracts"):
        wait_settled(api, made.organization_id)
        for place, customer_id in enumerate(customers):
            made.contracts.append(_contract(api, plan, span, customer_id, _units_of(plan, made, place)))
        wait_settled(api, made.organization_id)
        stages.note(f"{len(made.contracts)} active")
    return made


def _organization(api: Api, plan: SitePlan, span: Span) -> Made:
    """In test mode, its clock at the simulation's beginning; the next free short name."""
    stem = f"simulate-{plan.code.lower().replace('.', '-').replace('_', '-')}"
    body: Any = {"name": plan.name, "timezone": plan.timezone, "billing_day": 1, "currency": "USD", "due_days": 15}
    for number in range(1, _MOST_TRIES):
        slug = stem if number == 1 else f"{stem}-{number}"
        clock_at = instant_text(span.begins_at)
        try:
            found = add_organization(api, body | {"slug": slug, "mode": "test", "clock_at": clock_at})
        except ApiRefused as refused:
            if refused.status != 409:
                raise
            continue
        api.of_organization(found["id"])
        wait_settled(api, found["id"])
        return Made(found["id"], slug)
    raise RuntimeError("Every short name is taken.")


def _customer(api: Api, number: int) -> str:
    body: NewCustomer = {
        "name": f"Simulated customer {number}",
        "contact_email": f"office@customer-{number}.example",
        "billing_email": f"billing@customer-{number}.example",
    }
    return add_customer(api, body)["id"]


def _site(api: Api, plan: SitePlan) -> str:
    capacity = sum(pdu.group.power_w * pdu.group.outlets for pdu in plan.all_pdus()) // 1000 + 1000
    fields: SiteFields = {"name": plan.name, "code": plan.code, "timezone": plan.timezone, "capacity_kw": str(capacity)}
    return add_site(api, fields)["id"]


def _owner_of(plan: SitePlan, place: int) -> int:
    """PDUs go to customers in turn."""
    return place % plan.customers


def _units(api: Api, plan: SitePlan, site_id: str, customers: list[str], made: Made) -> None:
    ths = plan.miners.ths if plan.miners else 110
    rows: list[NewUnit] = [
        {
            "name": unit,
            "model": "Antminer S19 Pro",
            "site_id": site_id,
            "rated_w": str(pdu.group.power_w),
            "rated_ths": exact_text(ths),
            "customer_id": customers[_owner_of(plan, place)],
        }
        for place, pdu in enumerate(plan.all_pdus())
        for unit in pdu.units()
    ]
    for part in _parts(rows):
        answer = add_units_batch(api, {"units": part})
        if answer["refused"]:
            raise RuntimeError(f"Units were refused: {answer['refused'][:3]}")
        made.units |= {unit["name"]: unit["id"] for unit in answer["added"]}


def _units_of(plan: SitePlan, made: Made, owner: int) -> list[str]:
    owned = [pdu for place, pdu in enumerate(plan.all_pdus()) if _owner_of(plan, place) == owner]
    return [made.units[unit] for pdu in owned for unit in pdu.units()]


def _pdus(api: Api, plan: SitePlan, site_id: str, made: Made) -> None:
    for pdu in plan.all_pdus():
        made.pdus[pdu.name] = _pdu(api, site_id, pdu)
        channels: list[NewChannel] = [
            {
                "pdu_id": made.pdus[pdu.name],
                "position": number,
                "outlet": f"{pdu.name}/{number}",
                "unit_id": made.units[unit],
            }
            for number, unit in enumerate(pdu.units(), 1)
        ]
        add_channel(api, {"channels": channels})


def _pdu(api: Api, site_id: str, pdu: Pdu) -> str:
    model = pdu.group.registers
    assert model.energy is not None
    tick_wh = max(model.energy.scale, Fraction(1))
    modulus_wh = int(model.modulus * model.energy.scale)
    return _registered(api, site_id, (pdu.name, pdu.group.model, pdu.group.outlets), (tick_wh, modulus_wh))


def _meters(api: Api, plan: SitePlan, site_id: str, made: Made) -> None:
    for name, group in plan.all_meters():
        channels = group.registers.channels
        counts = (channels[0].energy.tick_wh, int(channels[0].energy.modulus_wh))
        made.pdus[name] = _registered(api, site_id, (name, group.map, len(channels)), counts)


def _registered(api: Api, site_id: str, what: tuple[str, str, int], counts: tuple[Fraction, int]) -> str:
    """A PDU of (name, model, outlets), its registers counting in (tick, modulus) Wh."""
    name, model, outlets = what
    tick_wh, modulus_wh = counts
    body: NewPdu = {
        "name": name,
        "site_id": site_id,
        "model": model,
        "outlet_count": outlets,
        "tick_kwh": exact_text(tick_wh / 1000),
        "modulus_kwh": exact_text(Fraction(modulus_wh, 1000)),
    }
    return add_pdu(api, body)["id"]


def _contract(api: Api, plan: SitePlan, span: Span, customer_id: str, unit_ids: list[str]) -> str:
    terms: ContractFields = {
        "customer_id": customer_id,
        "reference": f"{plan.code}-{customer_id[:8]}",
        "type": "hosted",
        "start_on": local_day(span.begins_at, plan.timezone).isoformat(),
        "end_on": None,
        "rate_per_kwh": plan.rate_per_kwh,
        "billing_methods": ["metered"],
    }
    draft = add_contract(api, terms)
    put_contract_units(api, draft["id"], {"unit_ids": unit_ids}, draft["version"])
    activate_contract(api, draft["id"], {"assignments": []})
    return draft["id"]


def _parts(rows: list[NewUnit]) -> Iterator[list[NewUnit]]:
    for begin in range(0, len(rows), _BATCH):
        yield rows[begin : begin + _BATCH]
