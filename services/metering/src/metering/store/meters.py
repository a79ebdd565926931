"""PDUs and channels: which register measured which unit, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, text, update

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from metering.store.tables import channels, pdus, sites

_FEEDING = text("""
    select pdu_id, name, created_at from pdus where exists (
        select from channels where channels.pdu_id = pdus.pdu_id
            and (from_at is null or from_at <= :at) and (to_at is null or to_at > :at)
    ) order by pdu_id
""")
_COUNTS = text("select pdu_id, name, outlet_count from pdus where pdu_id = any(:ids) or name = any(:names)")


@dataclass(frozen=True, slots=True)
class Pdu:
    """A power distribution unit: its outlets' registers count in `tick_kwh` below `modulus_kwh`.

    `device` is how a collector reaches it.
    """

    pdu_id: UUID
    site_id: UUID
    name: str
    model: str | None
    outlet_count: int
    tick_kwh: str
    modulus_kwh: str
    device: Mapping[str, Any] | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One register's life on an outlet: position on its PDU (1-based), and the outlet's name, which outlives PDUs."""

    channel_id: UUID
    pdu_id: UUID
    site_id: UUID
    unit_id: UUID
    position: int
    outlet: str
    from_at: datetime | None
    to_at: datetime | None


_P, _C = pdus.c, channels.c
_PDU = [_P[name] for name in Pdu.__slots__]
_CHANNEL = [_C[name] for name in ChannelRow.__slots__]
PDUS = Listing(
    key=[_P.pdu_id],
    sorts={"added": _P.pdu_id, "name": _P.name, "model": func.lower(_P.model), "outlet_count": _P.outlet_count},
    filters={
        **{name: _P[name].__eq__ for name in ("site_id", "name", "model")},
        "site": lambda code: _P.site_id.in_(select(sites.c.site_id).where(sites.c.code == code)),
        "q": lambda words: or_(*(_P[name].icontains(words, autoescape=True) for name in ("name", "model"))),
        "has_device": lambda yes: _P.device.is_not(None) if yes else _P.device.is_(None),
    },
    usual="added",
)
CHANNELS = Listing(
    key=[_C.channel_id],
    sorts={"added": _C.channel_id, "outlet": _C.outlet, "from_at": _C.from_at, "to_at": _C.to_at},
    filters={
        **{name: _C[name].__eq__ for name in ("pdu_id", "unit_id", "site_id", "outlet")},
        "is_open": lambda yes: _C.to_at.is_(None) if yes else _C.to_at.is_not(None),
    },
    usual="added",
)


def _values(row: Pdu | ChannelRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__slots__}


async def add_pdu(tx: Tx, organization_id: UUID, pdu: Pdu) -> None:
    await tx.execute(insert(pdus).values(organization_id=organization_id, **_values(pdu)))


async def change_pdu(tx: Tx, pdu: Pdu) -> None:
    """Write down a PDU's model, device and version."""
    changed = {"model": pdu.model, "device": pdu.device, "version": pdu.version}
    await tx.execute(update(pdus).where(pdus.c.pdu_id == pdu.pdu_id).values(changed))


async def pdu_of(tx: Tx, name_or_id: str | UUID) -> Pdu:
    """The PDU; another organization's looks like none."""
    key = pdus.c.pdu_id == name_or_id if isinstance(name_or_id, UUID) else pdus.c.name == name_or_id
    row = (await tx.execute(select(*_PDU).where(key))).first()
    if row is None:
        raise NotFound(f"There is no PDU {name_or_id}.", field="pdu_id")
    return Pdu(*row)


async def page_of_pdus(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[Pdu]:
    """Those that are wanted, in the order asked for."""
    return [Pdu(*row) for row in await page.read(tx, select(*_PDU), wanted)]


async def pdus_at(tx: Tx, site_id: UUID) -> list[UUID]:
    """The PDUs of a site, in the order in which they were added."""
    query = select(pdus.c.pdu_id).where(pdus.c.site_id == site_id).order_by(pdus.c.pdu_id)
    return list((await tx.execute(query)).scalars())


async def all_pdus(tx: Tx) -> list[UUID]:
    """Every PDU, in order."""
    return list((await tx.execute(select(pdus.c.pdu_id).order_by(pdus.c.pdu_id))).scalars())


async def feeding(tx: Tx, at: datetime) -> Sequence[Any]:
    """`pdu_id`, `name`, `created_at` of the PDUs that have a channel alive at the instant."""
    return (await tx.execute(_FEEDING, {"at": at})).all()


async def outlet_counts(tx: Tx, names: Iterable[str], ids: Iterable[UUID]) -> Sequence[Any]:
    """`pdu_id`, `name`, `outlet_count` of the PDUs that exist among these."""
    return (await tx.execute(_COUNTS, {"names": list(names), "ids": list(ids)})).all()


async def add_channels(tx: Tx, organization_id: UUID, rows: Sequence[ChannelRow]) -> None:
    await tx.execute(insert(channels), [{"organization_id": organization_id, **_values(row)} for row in rows])


async def channels_of(
    tx: Tx,
    *,
    units: Iterable[UUID] | None = None,
    pdu_ids: Iterable[UUID] | None = None,
    outlets: Iterable[str] | None = None,
) -> list[ChannelRow]:
    """The channels that feed any of the units, lie on any of the PDUs or outlets (by name, of any site)."""
    found = [
        channels.c[name].in_(list(wanted))
        for name, wanted in (("unit_id", units), ("pdu_id", pdu_ids), ("outlet", outlets))
        if wanted is not None
    ]
    rows = await tx.execute(select(*_CHANNEL).where(or_(*found)).order_by(channels.c.channel_id))
    return [ChannelRow(*row) for row in rows]


async def page_of_channels(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[ChannelRow]:
    """Those that are wanted, in the order asked for."""
    return [ChannelRow(*row) for row in await page.read(tx, select(*_CHANNEL), wanted)]


async def channel(tx: Tx, channel_id: UUID) -> ChannelRow:
    """The channel; another organization's looks like none."""
    row = (await tx.execute(select(*_CHANNEL).where(channels.c.channel_id == channel_id))).first()
    if row is None:
        raise NotFound(f"There is no channel {channel_id}.", field="channel_id")
    return ChannelRow(*row)


async def end_channel(tx: Tx, channel_id: UUID, to_at: datetime) -> None:
    await tx.execute(update(channels).where(channels.c.channel_id == channel_id).values(to_at=to_at))
