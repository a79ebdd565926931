"""`POST /v1/readings`: polls of PDUs, durable in Kafka before the answer; each refused or taken for itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Request
from pydantic import AwareDatetime, BaseModel, Field

from common.clock import instant_text
from common.db import Database
from common.http import Caller, OwnDatabase, allow, new_router
from events.metering import MeterReadingRecorded
from metering.api.bodies import Decoder, Refused, body_of, instant_refused, latest
from metering.api.documented import with_body
from metering.api.envelopes import Headers
from metering.gateways.event_log import EventLog, Message
from metering.store import meters

router = new_router("readings")
_MOST_KNOWN = 200_000


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
_known: dict[UUID, dict[str, tuple[str, int]]] = {}


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
        no = _refused(known, index, poll, latest_at)
        if no is None:
            messages.append(_message(headers, known[poll.pdu][0], poll))
        else:
            refused.append(no)
    log: EventLog = request.app.state.event_log
    if messages:
        await log.publish(MeterReadingRecorded.KIND.topic, messages)
    return Taken(accepted=len(messages), refused=sorted(refused, key=lambda one: one.index))


def _message(headers: Headers, pdu_id: str, poll: Poll) -> Message:
    key, at = pdu_id.encode(), instant_text(poll.polled_at.astimezone(UTC))
    body = _encode(_Event(pdu_id, at, poll.energy_wh, poll.power_w))
    return Message(key, body, headers.of(key, at))


def _refused(pdus: Mapping[str, tuple[str, int]], index: int, poll: Poll, latest_at: datetime) -> Refused | None:
    known = pdus.get(poll.pdu)
    if known is None:
        return Refused(index=index, field="pdu", reason=f"There is no PDU {poll.pdu!r}.", remedy="register it first")
    for field, vector in (("energy_wh", poll.energy_wh), ("power_w", poll.power_w)):
        if vector is not None and len(vector) != known[1]:
            return Refused(
                index=index,
                field=field,
                reason=f"{len(vector)} values came for {known[1]} outlets.",
                remedy="one value an outlet, null where unreadable",
            )
    return instant_refused(index, "polled_at", poll.polled_at, latest_at)


async def _learn(database: Database, owner: UUID, names: set[str]) -> Mapping[str, tuple[str, int]]:
    """By name or id, the PDU's id and outlets. PDUs are never renamed or resized: what was looked up stays true."""
    known = _known.setdefault(owner, {})
    unknown = names - known.keys()
    if unknown:
        if len(known) > _MOST_KNOWN:
            known.clear()
            unknown = names
        async with database.of(owner) as tx:
            rows: Sequence[Any] = await meters.outlet_counts(tx, unknown, filter(None, map(_as_id, unknown)))
        for row in rows:
            for name in (row.name, str(row.pdu_id)):
                known[name] = (str(row.pdu_id), row.outlet_count)
    return known


def _as_id(text: str) -> UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
