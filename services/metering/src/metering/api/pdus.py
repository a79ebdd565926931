"""`/v1/pdus`: the power distribution units of the host's sites, how they are reached, and what they said."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.clock import instant_of, instant_text
from common.db import new_id
from common.errors import RuleBroken
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from metering.api.asked_days import AskedInstant
from metering.api.outlets import PduDetail, outlets_of
from metering.api.schemas import NewPdu, PduAnswer, PduChange, PduList, PollAnswer, PollList
from metering.store import meters, raw_polls
from metering.store.meters import Pdu
from metering.use_cases.change_pdu import change_pdu
from metering.use_cases.register_pdu import register_pdu

router = new_router("pdus")


class Filter(BaseModel):
    """Which PDUs; `q` is looked for in names and models, `has_device` true: those that collectors ask."""

    site_id: UUID | None = None
    site: str | None = Query(None, max_length=100, description="The site's code.")
    name: str | None = Query(None, max_length=200)
    model: str | None = Query(None, max_length=200)
    q: str | None = Query(None, min_length=1, max_length=100)
    has_device: bool | None = None


@router.post("/v1/pdus", status_code=201, **allow("meters.write"))
async def add_pdu(tx: Transaction, caller: Caller, body: NewPdu) -> PduAnswer:
    """Register a PDU. Its name is unique in the organization: collectors may send it instead of the id."""
    pdu = Pdu(pdu_id=new_id(), **body.model_dump())
    await register_pdu(tx, caller.organization_id, pdu)
    return PduAnswer.model_validate(pdu)


@router.get("/v1/pdus", **allow("meters.read"))
async def list_pdus(
    tx: Transaction, page: Annotated[Page, paged(meters.PDUS)], wanted: Annotated[Filter, Query()]
) -> PduList:
    """The PDUs, usually in the order in which they were added; collectors read their configuration here."""
    found = await meters.page_of_pdus(tx, page, dict(wanted))
    return PduList(**page_of([PduAnswer.model_validate(one).model_dump() for one in found], page))


@router.get("/v1/pdus/{pdu_id}", **allow("meters.read"))
async def read_pdu(tx: Transaction, caller: Caller, pdu_id: UUID, response: Response) -> PduDetail:
    """One PDU, with its outlets: their names and states as it tells them, and what they feed."""
    found = _answer(await meters.pdu_of(tx, pdu_id), response)
    return PduDetail(**found.model_dump(), outlets=await outlets_of(tx, caller.organization_id, pdu_id))


@router.patch("/v1/pdus/{pdu_id}", **allow("meters.write"))
async def patch_pdu(tx: Transaction, pdu_id: UUID, body: PduChange, version: IfMatch, response: Response) -> PduAnswer:
    """Change its model or device; `"device": null` takes it from the collectors."""
    changes = body.model_dump(include=body.model_fields_set)
    return _answer(await change_pdu(tx, pdu_id, changes, version=version), response)


@router.get("/v1/pdus/{pdu_id}/polls", **allow("meters.read"))
async def list_polls(
    tx: Transaction,
    caller: Caller,
    page: Annotated[Page, paged(raw_polls.LISTING)],
    pdu_id: UUID,
    from_at: AskedInstant | None = None,
    to_at: AskedInstant | None = None,
) -> PollList:
    """What the PDU said over [from_at, to_at), raw, usually in order of time."""
    await meters.pdu_of(tx, pdu_id)
    if from_at is not None and to_at is not None and to_at < from_at:
        raise RuleBroken(f"{to_at} is before {from_at}.", field="to_at", remedy=f"{from_at} or later")
    span, place = (from_at or raw_polls.BEGIN, to_at or raw_polls.END), _place(page.after)
    if page.sort == "polled_at":
        after = place or (span[0], None)
        found = await raw_polls.page(tx, caller.organization_id, pdu_id, after, to_at, page.limit + 1)
    else:
        found = await raw_polls.newest(tx, caller.organization_id, pdu_id, span, place, page.limit + 1)
    rows = [{"poll": one, "at": f"{instant_text(one.polled_at)} {one.digest}"} for one in found]
    shown = page_of(rows, page, key="at")
    items = [
        PollAnswer(polled_at=one.polled_at, received_at=one.received_at, energy_wh=one.energy_wh, power_w=one.power_w)
        for one in (row["poll"] for row in shown["items"])
    ]
    return PollList(items=items, next=shown["next"])


def _place(after: list[str | None] | None) -> tuple[datetime, int] | None:
    if after is None:
        return None
    at, _, digest = (after[0] or "").partition(" ")
    if not digest.lstrip("-").isdigit():
        raise RuleBroken("This cursor is not one of ours.", field="after", remedy="send `next` as it came")
    return instant_of(at, field="after"), int(digest)


def _answer(pdu: Pdu, response: Response) -> PduAnswer:
    response.headers.update(etag(pdu.version))
    return PduAnswer.model_validate(pdu)
