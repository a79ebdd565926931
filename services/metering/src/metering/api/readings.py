"""`POST /v1/readings`: polls of PDUs, durable in Kafka before the answer; each refused or taken for itself."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Request
from pydantic import AwareDatetime, BaseModel, Field

from common.clock import instant_text
from common.db import Database
from common.http import Caller, OwnDatabase, allow
from events.metering import MeterReadingRecorded
from metering.api.admission import evidence_router
from metering.api.bodies import Decoder, Refused, body_of, instant_refused, latest
from metering.api.documented import with_body
from metering.api.envelopes import Headers
from metering.gateways.event_log import EventLog, Message
from metering.store import polled_pdus
from metering.store.polled_pdus import PolledPdu

router = evidence_router("readings")
_MOST_KNOWN = 200_000
_KNOWN_FOR_S = 30
_LOOK_UP_S = 8


class Poll(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One poll as a collector sends it."""

    pdu: str
    polled_at: Annotated[datetime, msgspec.Meta(tz=True)]
    energy_wh: list[Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] | None]
    power_w: list[Annotated[int, msgspec.Meta(ge=0, le=(1 << 32) - 2)] | None] | None = None


class _Event(msgspec.Struct, gc=False, omit_defaults=True):
    """The body of MeterReadingRecorded, written at the speed that the log takes it."""

    pdu_id: str
    polled_at: str
    energy_wh: list[int | None]
    power_w: list[int | None] | None = None


class PostedPoll(BaseModel):
    """One poll of one PDU: the registers of all its outlets, in order, at an instant."""

    pdu: str = Field(description="The PDU's name or id.", examples=["PDU-A"])
    polled_at: AwareDatetime
    energy_wh: list[int | None] = Field(description="Whole Wh by outlet; null where unreadable.")
    power_w: list[int | None] | None = None


class PostedPolls(BaseModel):
    """A batch of polls; a few hundred at a time go best."""

    polls: list[PostedPoll] = Field(max_length=5000)


class Taken(BaseModel):
    """How many entries are durable now, and which were refused. What was known already counts as accepted."""

    accepted: int
    refused: list[Refused]


_polls = Decoder("polls", Poll)
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Known:
    """An organization's PDUs by name and id, as they were looked up; forgotten after half a minute."""

    until: float
    pdus: dict[str, PolledPdu]


_known: dict[UUID, _Known] = {}


@router.post("/v1/readings", status_code=202, **with_body(allow("readings.write", transaction=False), PostedPolls))
async def post_readings(request: Request, caller: Caller, database: OwnDatabase) -> Taken:
    """Take polls. Each stands for itself: what is wrong with one is told, the others are stored.

    Sending a poll again is harmless: the same PDU, instant and registers are kept once.
    """
    found = _polls.decode(await body_of(request))
    owner = caller.organization_id
    known = await _learn(database, owner, {poll.pdu for _, poll in found.read})
    refused, messages = found.refused, []
    headers, latest_at = Headers(MeterReadingRecorded, owner), latest()
    for index, poll in found.read:
        pdu = known.get(poll.pdu)
        if pdu is None or (caller.site_id is not None and pdu.site_id != caller.site_id):
            refused.append(_unknown(index, poll))
        elif (no := _refused(pdu, index, poll, latest_at)) is not None:
            refused.append(no)
        else:
            messages.append(_message(headers, pdu.pdu_id, poll))
    found.read.clear()  # the log holds what is taken; while it is sent, nothing is held twice
    log: EventLog = request.app.state.event_log
    if messages:
        await log.publish(MeterReadingRecorded.KIND.topic, messages)
    return Taken(accepted=len(messages), refused=sorted(refused, key=lambda one: one.index))


def _message(headers: Headers, pdu_id: str, poll: Poll) -> Message:
    key, at = pdu_id.encode(), instant_text(poll.polled_at.astimezone(UTC))
    body = _encode(_Event(pdu_id, at, poll.energy_wh, poll.power_w))
    return Message(key, body, headers.of(key, at))


def _unknown(index: int, poll: Poll) -> Refused:
    """Another site's PDU looks like none to a collector whose key is bound to its own."""
    reason = f"There is no PDU {poll.pdu!r} here."
    return Refused(index=index, field="pdu", reason=reason, remedy="register it first, or use its own site's key")


def _refused(pdu: PolledPdu, index: int, poll: Poll, latest_at: datetime) -> Refused | None:
    outlets = pdu.outlet_count
    if len(poll.energy_wh) != outlets or (poll.power_w is not None and len(poll.power_w) != outlets):
        field, vector = ("energy_wh", poll.energy_wh) if len(poll.energy_wh) != outlets else ("power_w", poll.power_w)
        return Refused(
            index=index,
            field=field,
            reason=f"{len(vector or ())} values came for {outlets} outlets.",
            remedy="one value an outlet, null where unreadable",
        )
    if pdu.opened_at is not None and poll.polled_at < pdu.opened_at:
        return Refused(
            index=index,
            field="polled_at",
            reason=f"{poll.polled_at.isoformat()} lies before the first channel of this PDU was opened.",
            remedy=f"an instant from {instant_text(pdu.opened_at)} on, or open its channels from an earlier one",
        )
    return instant_refused(index, "polled_at", poll.polled_at, latest_at)


async def _learn(database: Database, owner: UUID, names: set[str]) -> Mapping[str, PolledPdu]:
    """The PDUs behind names and ids, asked for once in a while."""
    kept = _known.get(owner)
    if kept is None or time.monotonic() > kept.until or len(kept.pdus) > _MOST_KNOWN:
        kept = _known[owner] = _Known(time.monotonic() + _KNOWN_FOR_S, {})
    unknown = {name for name in names - kept.pdus.keys() if "\0" not in name}  # which the database takes in no text
    if unknown:
        async with asyncio.timeout(_LOOK_UP_S), database.of(owner) as tx:
            rows = await polled_pdus.among(tx, unknown, filter(None, map(_as_id, unknown)))
        for name, pdu in rows:
            kept.pdus[name] = kept.pdus[pdu.pdu_id] = pdu
    return kept.pdus


def _as_id(text: str) -> UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
