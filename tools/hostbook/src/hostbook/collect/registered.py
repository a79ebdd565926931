"""What Hostbook has registered for the site: how many outlets each PDU has, and the devices that are configured there.

Kept in the spool, so that a collector that starts without a link works as it last knew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import structlog
from pydantic import ValidationError

from hostbook.collect.config import BadConfig, Config, DeviceEntry, refuse_doubles, with_defaults
from hostbook.collect.placing import fitted
from hostbook.collect.spool.door import Door
from hostbook.collect.spool.store import Entry, Kind, Spool
from hostbook.collect.uplink import Uplink

REMEMBERED = "pdus"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Registered:
    """The site's PDUs by name, as GET /v1/pdus gives them; empty where they were never learnt."""

    pdus: Mapping[str, Mapping[str, Any]]
    trouble: str | None = None

    def channels(self, name: str) -> Mapping[int, Mapping[str, Any]]:
        """By position, what is known at Hostbook of the PDU's outlets; nothing where it was not asked for."""
        found = self.pdus.get(name, {}).get("outlets", ())
        return {int(one["position"]): one for one in found if one.get("outlet")}

    def outlet_count(self, name: str) -> int | None:
        found = self.pdus.get(name)
        return int(found["outlet_count"]) if found else None

    def registers(self, name: str) -> tuple[Decimal, Decimal] | None:
        """(tick, modulus) in kWh that Hostbook reckons with."""
        found = self.pdus.get(name)
        return (Decimal(found["tick_kwh"]), Decimal(found["modulus_kwh"])) if found else None


async def ask(uplink: Uplink, site: str) -> Registered:
    """Ask the gateway; where it is away or refuses, nothing but the trouble."""
    try:
        return Registered({item["name"]: item async for item in uplink.pdus(site)})
    except httpx.HTTPStatusError as error:
        return Registered({}, f"GET /v1/pdus was answered with {error.response.status_code}")
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return Registered({}, f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": "))


async def ask_whole(uplink: Uplink, site: str, names: Iterable[str] | None) -> Registered:
    """As `ask`, and of these PDUs (or all) with what their outlets are called and feed."""
    found = await ask(uplink, site)
    whole = dict(found.pdus)
    for name in found.pdus if names is None else names:
        pdu_id = found.pdus.get(name, {}).get("id")
        if pdu_id is not None:
            with suppress(httpx.HTTPError, ValueError):  # a check goes on without the names
                whole[name] = await uplink.get(f"/v1/pdus/{pdu_id}")
    return Registered(whole, found.trouble)


async def learn(uplink: Uplink, door: Door, site: str) -> Registered:
    """What the gateway says, kept; or what was last known, with the trouble."""
    found = await ask(uplink, site)
    if found.trouble:
        known = await door.ask(lambda spool: spool.remembered(REMEMBERED))
        return Registered(json.loads(known) if known else {}, found.trouble)
    text = json.dumps(found.pdus)
    await door.ask(lambda spool: spool.remember(REMEMBERED, text))
    return found


def last_known(path: Path) -> Registered:
    """What a collector with this spool knew last; nothing where there is none yet."""
    if not path.exists():
        return Registered({})
    spool = Spool(path)
    known = spool.remembered(REMEMBERED)
    spool.close()
    return Registered(json.loads(known) if known else {})


def refitted(entry: Entry, registered: Registered) -> bytes:
    """A refused entry for another try: a poll as long as its PDU is registered now, anything else as it was."""
    count = registered.outlet_count(entry.device) if entry.kind is Kind.POLL else None
    return fitted(entry.body, count) if count is not None else entry.body


def devices_of(config: Config, registered: Registered) -> tuple[DeviceEntry, ...]:
    """The devices to read. One that stands in the file and at Hostbook is read as the file says."""
    if config.devices_from == "file":
        return config.devices
    from_api = [] if not registered.pdus else _from_api(config, registered)
    if config.devices_from == "api":
        miners = tuple(device for device in config.devices if device.is_miner)
        return (*miners, *from_api)
    named = {name for device in config.devices for name in (*(device.units or {}).values(), device.name)}
    fresh = [device for device in from_api if not named & {device.name, *(device.units or {}).values()}]
    return (*config.devices, *fresh)


def _from_api(config: Config, registered: Registered) -> list[DeviceEntry]:
    """PDUs with a `device`; several behind one address become one entry with its units."""
    by_agent: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for pdu in registered.pdus.values():
        device = pdu.get("device")
        if device:
            agent = (device.get("driver", "snmp"), device.get("address"), device.get("port"))
            by_agent.setdefault(agent, []).append(pdu)
    entries = [entry for pdus in by_agent.values() if (entry := _entry(config, pdus)) is not None]
    try:
        refuse_doubles(tuple(entries))
    except BadConfig as bad:
        _log.error("api.devices", reason=bad.message)
        return []
    return entries


def _entry(config: Config, pdus: Sequence[Mapping[str, Any]]) -> DeviceEntry | None:
    device = dict(pdus[0]["device"])
    options = device.pop("options", None) or {}
    units = {str(pdu["device"].get("unit") or "1"): pdu["name"] for pdu in pdus}
    device.pop("unit", None)
    plain = {key: value for key, value in (device | options).items() if value is not None}
    alone = len(pdus) == 1 and not pdus[0]["device"].get("unit")
    content = plain | {"name": pdus[0]["name"]} | ({} if alone else {"units": units})
    try:
        return DeviceEntry.model_validate(with_defaults([content], config.defaults)[0])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        _log.error("api.device", pdu=pdus[0]["name"], field=field, reason=first["msg"], remedy="PATCH /v1/pdus/{id}")
        return None
