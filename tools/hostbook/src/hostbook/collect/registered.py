"""What Hostbook has registered for the site: its PDUs with their devices, and what its collector is to do.

Kept in the spool, so that a collector that starts without a link works as it last knew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from hostbook.collect.config import Config
from hostbook.collect.placing import fitted
from hostbook.collect.spool.store import Entry, Kind, Spool
from hostbook.collect.uplink import Uplink, told_of

LATEST = "registered"
"""The name under which the newest is remembered in the spool."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The site's PDUs by name, as GET /v1/pdus gives them; empty where they were never learnt.

    `settings` are those of its collector (GET /v1/collector), where they are asked for.
    """

    pdus: Mapping[str, Mapping[str, Any]]
    trouble: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

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


async def ask(uplink: Uplink, file: Config) -> Registered:
    """Ask the gateway; where it is away or refuses, nothing but the trouble."""
    try:
        settings = {} if file.devices_from == "file" else await uplink.get("/v1/collector", site=file.site)
        site = str(settings["site"]) if settings else file.site or ""
        return Registered({item["name"]: item async for item in uplink.pdus(site)}, settings=settings)
    except httpx.HTTPStatusError as error:
        return Registered({}, told_of(error.response))
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        return Registered({}, f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": "))


async def ask_whole(uplink: Uplink, file: Config, names: Iterable[str] | None) -> Registered:
    """As `ask`, and of these PDUs (or all) with what their outlets are called and feed."""
    found = await ask(uplink, file)
    whole = dict(found.pdus)
    for name in found.pdus if names is None else names:
        pdu_id = found.pdus.get(name, {}).get("id")
        if pdu_id is not None:
            with suppress(httpx.HTTPError, ValueError):  # a check goes on without the names
                whole[name] = await uplink.get(f"/v1/pdus/{pdu_id}")
    return replace(found, pdus=whole)


def remembered(text: str | None) -> Registered:
    """What was kept of a `Registered`."""
    found = json.loads(text) if text else {}
    return Registered(found.get("pdus", {}), settings=found.get("settings", {}))


def kept(registered: Registered) -> str:
    """As it is remembered."""
    return json.dumps({"pdus": registered.pdus, "settings": registered.settings})


def last_known(path: Path) -> Registered:
    """What a collector with this spool knew last; nothing where there is none yet."""
    if not path.exists():
        return Registered({})
    spool = Spool(path)
    known = spool.remembered(LATEST)
    spool.close()
    return remembered(known)


def refitted(entry: Entry, registered: Registered) -> bytes:
    """A refused entry for another try: a poll as long as its PDU is registered now, anything else as it was."""
    count = registered.outlet_count(entry.device) if entry.kind is Kind.POLL else None
    return fitted(entry.body, count) if count is not None else entry.body
