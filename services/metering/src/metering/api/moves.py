"""`/v1/pdus/{id}/replace`, `/v1/channels/{id}/move` and the like: channels' lives changed at an instant (CB-45)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body, Caller, Transaction, allow, new_router
from common.organizations import business_now
from metering.api.asked_days import AskedInstant
from metering.api.schemas import ChannelAnswer
from metering.domain.moves import Place
from metering.use_cases.move_channels import Moved, hand_over, move_feed, replace_pdu, swap_outlets

router = new_router("moves")
Position = Annotated[int, Field(ge=1, le=2000)]


class Replacement(Body):
    """The new PDU takes over at an instant; positions that differ are mapped, old to new."""

    new_pdu_id: UUID
    at: AskedInstant
    positions: dict[Position, Position] = Field(default_factory=dict, max_length=2000, examples=[{"1": 13}])


class Move(Body):
    """Where the feed goes at an instant."""

    at: AskedInstant
    pdu_id: UUID
    position: Position
    outlet: str = Field(min_length=1, max_length=100)


class Swap(Body):
    """Two channels whose units exchange their outlets at an instant."""

    at: AskedInstant
    channel_ids: tuple[UUID, UUID]


class HandOver(Body):
    """The unit that the outlet feeds from an instant on."""

    at: AskedInstant
    unit_id: UUID


class MovedAnswer(BaseModel):
    """The channels that ended, and those that took over. Asked for again, nothing ends and the same took over."""

    ended: list[ChannelAnswer]
    opened: list[ChannelAnswer]


@router.post("/v1/pdus/{pdu_id}/replace", **allow("meters.write"))
async def replace_a_pdu(tx: Transaction, caller: Caller, pdu_id: UUID, body: Replacement) -> MovedAnswer:
    """A PDU was exchanged: its channels end, and go on at the new one. Both need their own last and first polls."""
    at = await business_now(tx, caller.organization_id)
    done = await replace_pdu(tx, caller.organization_id, (pdu_id, body.new_pdu_id), body.positions, body.at, at=at)
    return _answer(done)


@router.post("/v1/channels/swap", **allow("meters.write"))
async def swap(tx: Transaction, caller: Caller, body: Swap) -> MovedAnswer:
    """The cables of two units were exchanged."""
    at = await business_now(tx, caller.organization_id)
    return _answer(await swap_outlets(tx, caller.organization_id, body.channel_ids, body.at, at=at))


@router.post("/v1/channels/{channel_id}/move", **allow("meters.write"))
async def move(tx: Transaction, caller: Caller, channel_id: UUID, body: Move) -> MovedAnswer:
    """A feed of a unit went to another outlet; the unit's other feeds stay."""
    at = await business_now(tx, caller.organization_id)
    place = Place(str(body.pdu_id), body.position, body.outlet)
    return _answer(await move_feed(tx, caller.organization_id, channel_id, place, body.at, at=at))


@router.post("/v1/channels/{channel_id}/hand-over", **allow("meters.write"))
async def hand_an_outlet_over(tx: Transaction, caller: Caller, channel_id: UUID, body: HandOver) -> MovedAnswer:
    """The machine behind an outlet was exchanged for another."""
    at = await business_now(tx, caller.organization_id)
    return _answer(await hand_over(tx, caller.organization_id, channel_id, body.unit_id, body.at, at=at))


def _answer(done: Moved) -> MovedAnswer:
    return MovedAnswer(
        ended=[ChannelAnswer.model_validate(one) for one in done.ended],
        opened=[ChannelAnswer.model_validate(one) for one in done.opened],
    )
