"""`/v1/channels`: which register feeds which unit, and when."""

from __future__ import annotations

from uuid import UUID

from common.db import new_id
from common.http import Caller, Paged, Transaction, allow, new_router, page_of
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


@router.get("/v1/channels", **allow("meters.read"))
async def list_channels(
    tx: Transaction, page: Paged, pdu_id: UUID | None = None, unit_id: UUID | None = None
) -> ChannelList:
    """The channels in the order in which they were opened."""
    found = await meters.channels_after(tx, page.after, page.limit, pdu_id, unit_id)
    return ChannelList(**page_of([ChannelAnswer.model_validate(one).model_dump() for one in found], page))
