"""`/v1/channels`: which register feeds which unit, and when."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.db import new_id
from common.http import Caller, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from metering.api.schemas import ChannelAnswer, ChannelEnd, ChannelList, NewChannels
from metering.store import meters
from metering.store.meters import ChannelRow
from metering.use_cases.open_channels import close_channel, open_channels

router = new_router("channels")


@router.post("/v1/channels", status_code=201, **allow("meters.write"))
async def add_channels(tx: Transaction, caller: Caller, body: NewChannels) -> ChannelList:
    """Open channels, all or none. Days already closed that they concern are derived again."""
    at = await business_now(tx, caller.organization_id)
    rows = [ChannelRow(channel_id=new_id(), site_id=one.pdu_id, **one.model_dump()) for one in body.channels]
    opened = await open_channels(tx, caller.organization_id, rows, at=at)
    return ChannelList(items=[ChannelAnswer.model_validate(one) for one in opened])


@router.post("/v1/channels/{channel_id}/close", **allow("meters.write"))
async def end_channel(tx: Transaction, caller: Caller, channel_id: UUID, body: ChannelEnd) -> ChannelAnswer:
    """End a channel: the last read that it counts may lie on the end's instant."""
    at = await business_now(tx, caller.organization_id)
    closed = await close_channel(tx, caller.organization_id, channel_id, body.to_at, at=at)
    return ChannelAnswer.model_validate(closed)


class Filter(BaseModel):
    """Which channels; `is_open` false: those that have ended."""

    pdu_id: UUID | None = None
    unit_id: UUID | None = None
    site_id: UUID | None = None
    outlet: str | None = Query(None, max_length=200)
    is_open: bool | None = None


@router.get("/v1/channels", **allow("meters.read"))
async def list_channels(
    tx: Transaction, page: Annotated[Page, paged(meters.CHANNELS)], wanted: Annotated[Filter, Query()]
) -> ChannelList:
    """The channels, usually in the order in which they were opened."""
    found = await meters.page_of_channels(tx, page, dict(wanted))
    return ChannelList(**page_of([ChannelAnswer.model_validate(one).model_dump() for one in found], page))
