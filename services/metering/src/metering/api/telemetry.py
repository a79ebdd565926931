"""`POST /v1/telemetry`: scans of a site's miners, durable in Kafka before the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import Request
from pydantic import AwareDatetime, BaseModel, Field

from common.auth import Principal
from common.clock import instant_text
from common.db import Database
from common.http import Caller, OwnDatabase, allow
from events.metering import TelemetryRecorded
from metering.api.admission import evidence_router
from metering.api.bodies import Decoder, Refused, body_of, instant_refused, latest
from metering.api.documented import with_body
from metering.api.envelopes import Headers
from metering.api.names import Names
from metering.api.readings import Taken
from metering.gateways.event_log import EventLog, Message
from metering.store import copies
from metering.store.scans import LONGEST_S

router = evidence_router("telemetry")
Status = Literal["hashing", "online", "offline"]


class Scan(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One scan as a collector sends it."""

    site: str
    scanned_at: Annotated[datetime, msgspec.Meta(tz=True)]
    interval_s: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_S)]
    miners: dict[str, tuple[msgspec.Raw, Status]]
    temperatures_c: dict[str, msgspec.Raw] | None = None


class _Event(msgspec.Struct, gc=False, omit_defaults=True):
    """The body of TelemetryRecorded."""

    site_id: str
    scanned_at: str
    interval_s: int
    units: list[str]
    hashrate_ths: list[str]
    status: list[str]
    temperatures_c: list[str | None] | None = None


class PostedScan(BaseModel):
    """Hashrate (TH/s) and status of a site's miners, constant from an instant on for some seconds."""

    site: str = Field(description="The site's code or id.", examples=["AMA-1"])
    scanned_at: AwareDatetime
    interval_s: int = Field(ge=1, le=LONGEST_S)
    miners: dict[str, tuple[Decimal, Status]] = Field(description="By the unit's name or id.")
    temperatures_c: dict[str, Decimal] | None = Field(
        None, description="The hottest chip or board, by the same names; units may be left out."
    )


class PostedScans(BaseModel):
    """A batch of scans."""

    scans: list[PostedScan] = Field(max_length=5000)


_PLAIN = re.compile(r"[0-9]{1,24}(\.[0-9]{1,18})?( [0-9]{1,24}(\.[0-9]{1,18})?)*")
_NUMBER = re.compile(r'"?-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"?', re.ASCII)
_COLDEST, _HOTTEST = -100, 300
_scans = Decoder("scans", Scan)
_encode = msgspec.json.Encoder().encode
_sites = Names()
_units = Names()


@router.post("/v1/telemetry", status_code=202, **with_body(allow("readings.write", transaction=False), PostedScans))
async def post_telemetry(request: Request, caller: Caller, database: OwnDatabase) -> Taken:
    """Take scans. A scan of an unknown site is refused; of a known one, unknown miners are left out and named."""
    found = _scans.decode(await body_of(request))
    owner = caller.organization_id
    for names in (_sites, _units):
        names.begin(owner)
    await _learn(database, owner, [scan for _, scan in found.read])
    refused, messages = found.refused, []
    headers, known = Headers(TelemetryRecorded, owner), _units.of(owner)
    for index, scan in found.read:
        no = _refused(caller, index, scan)
        if no is None:
            unknown = [name for name in scan.miners if name not in known]
            refused += [_unknown_miner(index, name) for name in unknown]
            if len(unknown) < len(scan.miners) or not scan.miners:
                messages.append(_message(headers, owner, scan))
        else:
            refused.append(no)
    log: EventLog = request.app.state.event_log
    if messages:
        await log.publish(TelemetryRecorded.KIND.topic, messages)
    return Taken(accepted=len(messages), refused=sorted(refused, key=lambda one: one.index))


def _message(headers: Headers, owner: UUID, scan: Scan) -> Message:
    ids = _units.of(owner)
    names = [name for name in scan.miners if name in ids]
    known = [(ids[name], *scan.miners[name]) for name in names]
    degrees = None if scan.temperatures_c is None else [_degrees(scan.temperatures_c.get(name)) for name in names]
    site_id, at = _sites.of(owner)[scan.site], instant_text(scan.scanned_at.astimezone(UTC))
    units, rates, states = zip(*known, strict=True) if known else ((), (), ())
    plain = plain_decimals(rates) or []
    body = _encode(_Event(site_id, at, scan.interval_s, list(units), plain, list(states), degrees))
    return Message(site_id.encode(), body, headers.of(site_id.encode(), at))


def _refused(caller: Principal, index: int, scan: Scan) -> Refused | None:
    site_id = _sites.of(caller.organization_id).get(scan.site)
    if site_id is None or (caller.site_id is not None and site_id != str(caller.site_id)):
        reason, remedy = f"There is no site {scan.site!r} here.", "open it first, or use its own key"
        return Refused(index=index, field="site", reason=reason, remedy=remedy)
    if plain_decimals([rate for rate, _ in scan.miners.values()]) is None:
        bad = (name for name, (rate, _) in scan.miners.items() if plain_decimals([rate]) is None)
        return Refused(
            index=index,
            field=f"miners.{next(bad)}",
            reason="This is no hashrate in TH/s.",
            remedy="a number of 0 or more, with at most 18 decimals",
        )
    for name, raw in (scan.temperatures_c or {}).items():
        if name not in scan.miners or _degrees(raw) is None:
            return Refused(
                index=index,
                field=f"temperatures_c.{name}",
                reason="This is no temperature, or its unit is not among the miners of the scan.",
                remedy=f"degrees Celsius from {_COLDEST} to {_HOTTEST}, of a unit named in miners",
            )
    return instant_refused(index, "scanned_at", scan.scanned_at, latest())


def _degrees(raw: msgspec.Raw | None) -> str | None:
    """A temperature as a plain decimal; None where there is none, or it is none."""
    celsius = None if raw is None else _decimal(raw)
    if celsius is None or not _COLDEST <= celsius <= _HOTTEST:
        return None
    return format(round(celsius, 3).normalize() + 0, "f")


def plain_decimals(raws: Sequence[msgspec.Raw]) -> list[str] | None:
    """JSON numbers (or strings of them) as plain decimals, their digits as they came; None if one is no hashrate."""
    texts = b" ".join(map(bytes, raws)).decode(errors="replace").replace('"', "")
    if not raws or _PLAIN.fullmatch(texts):
        found = texts.split()
        return found if len(found) == len(raws) else None
    numbers = [_decimal(raw) for raw in raws]
    plain = [format(number, "f") for number in numbers if number is not None]
    return plain if len(plain) == len(raws) and _PLAIN.fullmatch(" ".join(plain)) else None


def _decimal(raw: msgspec.Raw) -> Decimal | None:
    """The number that was written; None where it is none, or has so many digits that no meter means it."""
    text = bytes(raw).decode(errors="replace")
    return Decimal(text.strip('"')) if len(text) < 100 and _NUMBER.fullmatch(text) else None


def _unknown_miner(index: int, name: str) -> Refused:
    return Refused(
        index=index,
        field=f"miners.{name}",
        reason=f"There is no unit {name!r}, or several; the rest of the scan is taken.",
        remedy="register it, or use its id",
    )


async def _learn(database: Database, owner: UUID, scans: Iterable[Scan]) -> None:
    sites = _sayable({scan.site for scan in scans} - _sites.of(owner).keys())
    units = _sayable({name for scan in scans for name in scan.miners} - _units.of(owner).keys())
    if not sites and not units:
        return
    async with database.of(owner) as tx:
        rows: Any = await copies.sites_coded(tx, sites, _sites.ids(sites)) if sites else []
        _sites.learn(owner, sites, [(row.site_id, row.code) for row in rows])
        rows = await copies.units_named(tx, units, _units.ids(units)) if units else []
        _units.learn(owner, units, [(row.unit_id, row.name) for row in rows])


def _sayable(names: set[str]) -> set[str]:
    """Those that the database can be asked for: it takes no NUL in a text."""
    return {name for name in names if "\0" not in name}
