"""What contracts says of sites, units, assignments and terms, kept as copies; closed days they touch are derived again.

Facts of different topics come in any order, and each may come after the evidence it concerns.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.clock import wall_now
from common.consuming import EventRouter
from common.db import Tx
from common.money import exact_of
from events.contracts import (
    ContractActivated,
    ContractAmended,
    ContractEnded,
    ContractTerms,
    SiteOpened,
    TermsUntil,
    UnitAssigned,
    UnitRegistered,
    UnitReleased,
)
from events.envelope import Envelope
from metering.store import copies, locks
from metering.store.marks import Mark
from metering.use_cases.close_history import ask_for_history
from metering.use_cases.mark_days import FOR_EVER, mark, mark_facts
from metering.use_cases.take_register_reading import take_register_reading

router = EventRouter()


@router.on(SiteOpened)
async def site_opened(tx: Tx, event: SiteOpened, envelope: Envelope) -> None:
    row = event.model_dump(include={"site_id", "version", "name", "code"})
    await copies.keep_site(tx, envelope.organization_id, row)


@router.on(UnitRegistered)
async def unit_registered(tx: Tx, event: UnitRegistered, envelope: Envelope) -> None:
    """The first version's rating holds for all time before it; later ones hold from their instant on."""
    await locks.share(tx, envelope.organization_id)
    row = event.model_dump(include={"unit_id", "version", "name", "site_id"})
    await copies.keep_unit(tx, envelope.organization_id, row)
    since = None if event.version == 1 else event.rated_from_at or envelope.time
    rating = event.model_dump(include={"unit_id", "version", "rated_w", "rated_ths", "efficiency_jth"})
    before = await copies.ratings_of(tx, [event.unit_id])
    if await copies.keep_rating(tx, envelope.organization_id, rating | {"from_at": since}):
        if before and _same(before[-1], event):
            return
        began_at = since if before and since is not None else None
        await mark_facts(tx, envelope.organization_id, [event.unit_id], began_at, None)
        if began_at is not None:
            late = Mark(event.unit_id, reads_from=began_at, reads_to=FOR_EVER)
            await mark(tx, envelope.organization_id, [late])


def _same(row: Any, event: UnitRegistered) -> bool:
    return (row.rated_w, row.rated_ths, row.efficiency_jth) == (event.rated_w, event.rated_ths, event.efficiency_jth)


@router.on(UnitAssigned)
async def unit_assigned(tx: Tx, event: UnitAssigned, envelope: Envelope) -> None:
    await locks.share(tx, envelope.organization_id)
    row = event.model_dump(include={"assignment_id", "unit_id", "contract_id", "customer_id", "from_at"})
    await copies.assign(tx, envelope.organization_id, row)
    await mark_facts(tx, envelope.organization_id, [event.unit_id], event.from_at, None)
    await ask_for_history(tx, envelope.organization_id, event.from_at)


@router.on(UnitReleased)
async def unit_released(tx: Tx, event: UnitReleased, envelope: Envelope) -> None:
    await locks.share(tx, envelope.organization_id)
    row = event.model_dump(include={"assignment_id", "unit_id", "contract_id", "to_at"})
    before = await copies.release(tx, envelope.organization_id, row)
    since = event.to_at if before is None else min(before, event.to_at)
    await mark_facts(tx, envelope.organization_id, [event.unit_id], since, None)
    if event.register_kwh is not None:
        register = exact_of(event.register_kwh)
        at = event.to_at
        await take_register_reading(tx, envelope.organization_id, event.unit_id, register, at, received_at=wall_now())


@router.on(ContractActivated)
async def contract_activated(tx: Tx, event: ContractActivated, envelope: Envelope) -> None:
    await _terms(tx, event, envelope.organization_id, None)


@router.on(ContractAmended)
async def contract_amended(tx: Tx, event: ContractAmended, envelope: Envelope) -> None:
    await _terms(tx, event, envelope.organization_id, event.effective_at)


async def _terms(
    tx: Tx, event: ContractActivated | ContractAmended, organization_id: UUID, effective_at: datetime | None
) -> None:
    """Only what metering needs of the terms is kept: never a price."""
    await locks.share(tx, organization_id)
    terms = event.terms
    former = [_measured(one) | {"until_at": one.until_at.isoformat()} for one in terms.former]
    kept = _measured(terms) | {
        "start_at": terms.start_at.isoformat(),
        "end_at": terms.end_at.isoformat() if terms.end_at else None,
        "rate_instants": [one.from_at.isoformat() for one in terms.rates] + [one["until_at"] for one in former],
        "former": former,
    }
    row = {
        "contract_id": event.contract_id,
        "version": event.version,
        "customer_id": terms.customer_id,
        "effective_at": effective_at,
        "ended_at": None,
        "terms": kept,
    }
    before = await copies.versions_of(tx, [event.contract_id])
    if await copies.keep_contract(tx, organization_id, row):
        units = await copies.units_on(tx, [event.contract_id])
        ends = [datetime.fromisoformat(one.terms["end_at"]) for one in before if one.terms and one.terms["end_at"]]
        ends += [one for one in (terms.end_at, *(row.ended_at for row in before)) if one is not None]
        since = min([effective_at, *ends]) if effective_at is not None and before else None
        await mark_facts(tx, organization_id, units, since, None)


def _measured(terms: ContractTerms | TermsUntil) -> dict[str, Any]:
    """What of the terms says how energy is known; prices are nothing to metering."""
    return {
        "methods": terms.billing_methods,
        "failover": terms.failover.mode if terms.failover and terms.billing_methods else None,
        "efficiency_jth": terms.efficiency_jth,
        "power_cap_kw": terms.power_cap_kw,
        "wants_profile": terms.power_cap_kw is not None or bool(terms.extras),
    }


@router.on(ContractEnded)
async def contract_ended(tx: Tx, event: ContractEnded, envelope: Envelope) -> None:
    await locks.share(tx, envelope.organization_id)
    row = {
        "contract_id": event.contract_id,
        "version": event.version,
        "customer_id": event.customer_id,
        "effective_at": None,
        "ended_at": event.end_at,
        "terms": None,
    }
    if await copies.keep_contract(tx, envelope.organization_id, row):
        units = await copies.units_on(tx, [event.contract_id])
        await mark_facts(tx, envelope.organization_id, units, event.end_at, None)
