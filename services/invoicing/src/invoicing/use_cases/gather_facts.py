"""The facts that a contract's settings work on in a period: prices, events, its part of a site's losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.money import exact_of
from invoicing.domain.curtailment import CurtailmentSettlement
from invoicing.domain.exact import exact_sum
from invoicing.domain.market_price import MarketPassThrough
from invoicing.domain.periods import Period, hours_between
from invoicing.domain.pieces import Piece, pieces_of
from invoicing.domain.site_facts import (
    Curtailment,
    ExcusedClass,
    ExcusedEvent,
    LossShare,
    Participant,
    PriceRow,
    SiteFacts,
    common_part,
    setting_of,
)
from invoicing.domain.terms import ContractTerms
from invoicing.domain.uptime import UptimePromise
from invoicing.domain.utility_closure import Closure, LossPassThrough, Party, UtilityBill, close_site
from invoicing.store import copies, facts, usage
from invoicing.store.facts import KeptBill, KeptEvent

HOST = "host"


async def gather_facts(tx: Tx, terms: ContractTerms, period: Period) -> SiteFacts:
    """Only what the contract's settings ask for is read; where they are amended, for each its own time."""
    pieces = pieces_of(terms, period.from_at, period.to_at)
    found = SiteFacts(prices=await _prices(tx, pieces))
    if _asked(pieces, UptimePromise) or _asked(pieces, CurtailmentSettlement):
        found = await _events(tx, found, period)
    if _asked(pieces, LossPassThrough):
        found = replace(found, losses=await _losses(tx, period))
    return found


def _asked(pieces: Sequence[Piece], kind: type) -> bool:
    return any(setting_of(terms, kind) is not None for _, _, terms in pieces)


async def _prices(tx: Tx, pieces: Sequence[Piece]) -> list[PriceRow]:
    """Of each market the prices of the time in which it was agreed."""
    spans: list[tuple[str, datetime, datetime]] = []
    for from_at, to_at, terms in pieces:
        market = setting_of(terms, MarketPassThrough)
        if market is None:
            continue
        if spans and spans[-1][0] == market.market and spans[-1][2] == from_at:
            from_at = spans.pop()[1]
        spans.append((market.market, from_at, to_at))
    rows: list[PriceRow] = []
    for name, from_at, to_at in spans:
        found = await facts.prices(tx, name, from_at, to_at)
        rows += found if len(spans) == 1 else [_cut(row, from_at, to_at) for row in found]
    return rows


def _cut(row: PriceRow, from_at: datetime, to_at: datetime) -> PriceRow:
    return replace(row, from_at=max(row.from_at, from_at), to_at=min(row.to_at, to_at))


async def _events(tx: Tx, found: SiteFacts, period: Period) -> SiteFacts:
    excused, curtailments = [], []
    for kept in await facts.events(tx, period.from_at, period.to_at):
        concerned = await _concerned(tx, kept)
        if kept.site_id is not None and not concerned:
            continue
        if kept.kind == "curtailment":
            curtailments.append(await _curtailment(tx, kept, concerned))
        else:
            cause = ExcusedClass(kept.excused or "")
            excused.append(ExcusedEvent(str(kept.event_id), cause, kept.from_at, kept.to_at, concerned))
    return replace(found, excused=excused, curtailments=curtailments)


async def _concerned(tx: Tx, kept: KeptEvent) -> frozenset[str]:
    """The units of an event by name; none named and no site: all, which the domain writes as nothing."""
    if kept.unit_ids or kept.site_id is None:
        return frozenset(kept.unit_ids)
    return frozenset(str(u) for u in await facts.units_at(tx, kept.site_id))


async def _curtailment(tx: Tx, kept: KeptEvent, concerned: frozenset[str]) -> Curtailment:
    return Curtailment(
        event_id=str(kept.event_id),
        from_at=kept.from_at,
        to_at=kept.to_at,
        unit_ids=concerned,
        programme=kept.programme,
        proceeds=Decimal(kept.proceeds) if kept.proceeds is not None else None,
        participants=await _participants(tx, kept, concerned) if kept.proceeds is not None else (),
    )


async def _participants(tx: Tx, kept: KeptEvent, concerned: frozenset[str]) -> tuple[Participant, ...]:
    """By unit, rated kW x the hours it counted for each contract; the rest of the event is the host's."""
    whole = (kept.from_at, kept.to_at)
    out: list[Participant] = []
    for unit_id, rated_w, assigned in await copies.assigned_in(tx, *whole):
        if concerned and unit_id not in concerned:
            continue
        free = hours_between(*whole)
        for contract_id, from_at, to_at in assigned:
            part = common_part(whole, (from_at, to_at or kept.to_at))
            if part is not None:
                hours = hours_between(*part)
                free -= hours
                out.append(Participant(unit_id, contract_id, exact_of(rated_w) / 1000 * hours))
        if free > 0:
            out.append(Participant(unit_id, None, exact_of(rated_w) / 1000 * free))
    return tuple(out)


async def _losses(tx: Tx, period: Period) -> list[LossShare]:
    ended = [
        bill
        for bill in await facts.bills(tx, period.from_at, period.to_at)
        if period.from_at < bill.to_at <= period.to_at
    ]
    return [share for bill in ended for share in (await closure_of(tx, bill)).losses()]


async def closure_of(tx: Tx, bill: KeptBill) -> Closure:
    """The bill against what the meters of the site's units measured in its span, contract by contract."""
    metered: dict[str, list[Fraction]] = {}
    unit_ids = await facts.units_at(tx, bill.site_id)
    for span in await usage.spans_of_units(tx, unit_ids, bill.from_at, bill.to_at):
        metered.setdefault(span.contract_id, []).append(span.compared_pdu_kwh)
    parties = [Party(c, c, exact_sum(parts)) for c, parts in sorted(metered.items())]
    parties.append(Party(HOST, None, Fraction(Decimal(bill.host_kwh))))
    site = UtilityBill(str(bill.site_id), bill.from_at, bill.to_at, Decimal(bill.energy_kwh))
    return close_site(site, parties)


def contract_ids(found: Closure) -> list[UUID]:
    """The contracts among the parties."""
    return [UUID(party.contract_id) for party, _ in found.shares if party.contract_id is not None]
