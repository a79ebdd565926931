"""Contracts, units and which unit counts for whom: for the overview, audiences, tickets and the feed."""

from typing import Any

from common.consuming import EventRouter
from common.db import Tx
from customers.store import copies
from customers.store.tables import assignments, contracts, sites, units
from events.contracts import (
    ContractActivated,
    ContractAmended,
    ContractEnded,
    SiteOpened,
    UnitAssigned,
    UnitRegistered,
    UnitReleased,
)
from events.envelope import Envelope

router = EventRouter()


@router.on(ContractActivated)
@router.on(ContractAmended)
async def keep_contract(tx: Tx, event: ContractActivated | ContractAmended, envelope: Envelope) -> None:
    terms = event.terms
    values: dict[str, Any] = {"contract_id": event.contract_id, "customer_id": terms.customer_id}
    values |= {"number": terms.number, "type": terms.type, "site_ids": [site.site_id for site in terms.sites]}
    values |= {"organization_id": envelope.organization_id, "is_ended": False, "version": event.version}
    await copies.keep(tx, contracts, "contract_id", values)


@router.on(ContractEnded)
async def end_contract(tx: Tx, event: ContractEnded, _: Envelope) -> None:
    await copies.end_contract(tx, event.contract_id, event.version)


@router.on(SiteOpened)
async def keep_site(tx: Tx, event: SiteOpened, envelope: Envelope) -> None:
    values = {"site_id": event.site_id, "name": event.name, "version": event.version}
    await copies.keep(tx, sites, "site_id", values | {"organization_id": envelope.organization_id})


@router.on(UnitRegistered)
async def keep_unit(tx: Tx, event: UnitRegistered, envelope: Envelope) -> None:
    values = {"unit_id": event.unit_id, "site_id": event.site_id, "name": event.name, "version": event.version}
    await copies.keep(tx, units, "unit_id", values | {"organization_id": envelope.organization_id})


@router.on(UnitAssigned)
async def assign(tx: Tx, event: UnitAssigned, envelope: Envelope) -> None:
    values: dict[str, Any] = {"assignment_id": event.assignment_id, "unit_id": event.unit_id}
    values |= {"organization_id": envelope.organization_id, "customer_id": event.customer_id, "from_at": event.from_at}
    await copies.put(tx, assignments, ["organization_id", "assignment_id"], values)


@router.on(UnitReleased)
async def release(tx: Tx, event: UnitReleased, envelope: Envelope) -> None:
    values: dict[str, Any] = {"assignment_id": event.assignment_id, "unit_id": event.unit_id, "to_at": event.to_at}
    keys = ["organization_id", "assignment_id"]
    await copies.put(tx, assignments, keys, values | {"organization_id": envelope.organization_id})
