"""`PUT /v1/pdus/{id}/outlets`: what a PDU says of its outlets, as its collector sees it when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from common.errors import NotFound, RuleBroken
from common.http import Body, Caller, Transaction, allow, new_router
from common.organizations import business_now
from metering.api.asked_days import AskedInstant
from metering.api.bodies import latest
from metering.api.schemas import PduAnswer
from metering.domain.outlet_names import names_another
from metering.store import meters, outlets
from metering.store.outlets import OutletRow, OutletWord

router = new_router("pdus")
State = Literal["on", "off", "pending", "unknown"]


class BadOutlets(RuleBroken):
    """Outlets that the PDU does not have, or one told twice."""

    code = "bad_outlets"


class ToldOutlet(Body):
    """One outlet: its place in the PDU's vector of registers, the PDU's own name for it, whether it gives power."""

    position: int = Field(ge=1)
    name: str = Field(max_length=200)
    state: State = "unknown"


class ToldOutlets(Body):
    """What a PDU said of its outlets at an instant; outlets may be left out."""

    seen_at: AskedInstant
    outlets: list[ToldOutlet] = Field(max_length=2000)


class OutletAnswer(BaseModel):
    """An outlet as its PDU names it, and as it is known here; `note` where the two do not fit."""

    position: int
    name: str | None = Field(description="By the PDU; none where it has told nothing.")
    state: State | None
    since_at: AwareDatetime | None = Field(description="Name and state are so since then.")
    seen_at: AwareDatetime | None
    channel_id: UUID | None
    outlet: str | None = Field(description="The outlet's name here, by its channel.")
    unit_id: UUID | None
    unit: str | None
    note: str | None


class OutletList(BaseModel):
    """The outlets in order of position."""

    outlets: list[OutletAnswer]


class PduDetail(PduAnswer):
    """A PDU with its outlets: what it says of them, and which unit each feeds now."""

    outlets: list[OutletAnswer]


@router.put("/v1/pdus/{pdu_id}/outlets", **allow("readings.write"))
async def put_outlets(tx: Transaction, caller: Caller, pdu_id: UUID, body: ToldOutlets) -> OutletList:
    """Keep what the PDU says, where it is newer. The answer tells which names do not fit what is known here."""
    pdu = await meters.pdu_of(tx, pdu_id)
    if caller.site_id is not None and pdu.site_id != caller.site_id:
        raise NotFound(f"There is no PDU {pdu_id}.", field="pdu_id")
    _check(body, pdu.outlet_count)
    words = [OutletWord(one.position, one.name.strip(), one.state) for one in body.outlets]
    await outlets.keep(tx, caller.organization_id, pdu_id, words, body.seen_at)
    return OutletList(outlets=await outlets_of(tx, caller.organization_id, pdu_id))


async def outlets_of(tx: Transaction, organization_id: UUID, pdu_id: UUID) -> list[OutletAnswer]:
    """The PDU's outlets now."""
    at = await business_now(tx, organization_id)
    return _answers(await outlets.of(tx, pdu_id, at))


def _check(body: ToldOutlets, outlet_count: int) -> None:
    if body.seen_at > latest():
        raise BadOutlets(
            f"{body.seen_at.isoformat()} lies in the future.", field="seen_at", remedy="set the collector's clock"
        )
    seen: set[int] = set()
    for place, one in enumerate(body.outlets):
        if one.position > outlet_count or one.position in seen:
            why = "was told twice" if one.position in seen else f"is none of the PDU's {outlet_count}"
            raise BadOutlets(
                f"Outlet {one.position} {why}.",
                field=f"outlets.{place}.position",
                remedy=f"1 to {outlet_count}, each once",
            )
        seen.add(one.position)


def _answers(rows: Sequence[OutletRow]) -> list[OutletAnswer]:
    return [
        OutletAnswer(
            position=row.position, name=row.name, state=row.state, since_at=row.since_at, seen_at=row.seen_at,
            channel_id=row.channel_id, outlet=row.outlet, unit_id=row.unit_id, unit=row.unit, note=_note(row),
        )
        for row in rows
    ]  # fmt: skip


def _note(row: OutletRow) -> str | None:
    if row.name is None or row.channel_id is None or not names_another(row.name, row.outlet, row.unit):
        return None
    feeds = f", which feeds {row.unit}" if row.unit else ""
    return f"The PDU calls this outlet {row.name!r}; here it is {row.outlet}{feeds}. Is the cable where it should be?"
