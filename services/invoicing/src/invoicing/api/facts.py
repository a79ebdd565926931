"""`/v1/market-prices`, `/v1/site-events`, `/v1/utility-bills`: what settings beside the ordinary lines work on."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from common.db import new_id
from common.errors import NotFound
from common.http import Caller, Transaction, allow, new_router
from common.money import decimal_of
from invoicing.api.fact_schemas import (
    BillAnswer,
    BillList,
    EventAnswer,
    EventList,
    FactMade,
    NewBill,
    NewEvent,
    NewPrices,
    PriceAnswer,
    PriceList,
)
from invoicing.domain.site_facts import PriceRow, checked_span
from invoicing.domain.utility_closure import UtilityBill
from invoicing.store import facts
from invoicing.store.facts import KeptBill, KeptEvent
from invoicing.use_cases.gather_facts import closure_of
from invoicing.use_cases.record_facts import record_bill, record_event, record_prices

router = new_router("site facts")
From = Annotated[AwareDatetime, Query(description="First instant asked for.")]
To = Annotated[AwareDatetime, Query(description="First instant not asked for any more.")]


def _span(from_at: datetime, to_at: datetime) -> tuple[datetime, datetime]:
    checked_span(from_at, to_at, field="to_at")
    return from_at, to_at


@router.post("/v1/market-prices", status_code=201, **allow("charges.write"))
async def add_prices(tx: Transaction, caller: Caller, body: NewPrices) -> PriceList:
    """Record prices of a market; one with a known beginning is a later version and reprices what was invoiced."""
    rows = [
        PriceRow(row.from_at, row.to_at, decimal_of(row.per_mwh, field=f"rows.{n}.per_mwh"))
        for n, row in enumerate(body.rows)
    ]
    await record_prices(tx, caller.organization_id, body.market, rows)
    return PriceList(items=[PriceAnswer.of(row) for row in rows], next=None)


@router.get("/v1/market-prices", **allow("sites.read"))
async def read_prices(tx: Transaction, market: str, from_at: From, to_at: To) -> PriceList:
    """The prices of a market in force in a span."""
    rows = await facts.prices(tx, market, *_span(from_at, to_at))
    return PriceList(items=[PriceAnswer.of(row) for row in rows], next=None)


@router.post("/v1/site-events", status_code=201, **allow("sites.write"))
async def add_event(tx: Transaction, caller: Caller, body: NewEvent) -> FactMade:
    """Record a curtailment or a span in which down time is excused; `replaces` makes it another version of one."""
    _span(body.from_at, body.to_at)
    event = KeptEvent(
        event_id=new_id(),
        kind=body.kind,
        excused=body.excused,
        site_id=body.site_id,
        unit_ids=tuple(str(u) for u in body.unit_ids),
        from_at=body.from_at,
        to_at=body.to_at,
        programme=body.programme,
        proceeds=f"{decimal_of(body.proceeds, field='proceeds'):f}" if body.proceeds is not None else None,
        replaced_by=None,
    )
    await record_event(tx, caller.organization_id, event, body.replaces)
    return FactMade(id=event.event_id)


@router.get("/v1/site-events", **allow("sites.read"))
async def read_events(tx: Transaction, from_at: From, to_at: To, site_id: UUID | None = None) -> EventList:
    """Events in force that touch a span."""
    found = await facts.events(tx, *_span(from_at, to_at), site_id=site_id)
    return EventList(items=[EventAnswer.of(event) for event in found], next=None)


@router.post("/v1/utility-bills", status_code=201, **allow("charges.write"))
async def add_bill(tx: Transaction, caller: Caller, body: NewBill) -> BillAnswer:
    """Record a utility's bill of a site; its loss is shared by the contracts that agreed to bear it."""
    energy = decimal_of(body.energy_kwh, field="energy_kwh")
    host = decimal_of(body.host_kwh, field="host_kwh")
    UtilityBill(str(body.site_id), body.from_at, body.to_at, energy)
    UtilityBill(str(body.site_id), body.from_at, body.to_at, host)
    bill = KeptBill(new_id(), body.site_id, body.from_at, body.to_at, f"{energy:f}", f"{host:f}", None)
    await record_bill(tx, caller.organization_id, bill, body.replaces)
    return BillAnswer.of(bill, await closure_of(tx, bill))


@router.get("/v1/utility-bills", **allow("sites.read"))
async def read_bills(tx: Transaction, from_at: From, to_at: To, site_id: UUID | None = None) -> BillList:
    """Bills in force that touch a span, each against the meters of its site."""
    found = await facts.bills(tx, *_span(from_at, to_at), site_id)
    return BillList(items=[BillAnswer.of(bill, await closure_of(tx, bill)) for bill in found], next=None)


@router.get("/v1/utility-bills/{bill_id}", **allow("sites.read"))
async def read_bill(tx: Transaction, bill_id: UUID) -> BillAnswer:
    """One bill against the meters of its site, with each contract's share of the loss."""
    bill = await facts.bill(tx, bill_id)
    if bill is None:
        raise NotFound(f"There is no utility bill {bill_id}.", field="bill_id")
    return BillAnswer.of(bill, await closure_of(tx, bill))
