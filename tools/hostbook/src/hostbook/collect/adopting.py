"""The collector's configuration out of two: its own file, and what stands at Hostbook for its site.

With `devices_from: api` Hostbook has the last word (field by field, device by device), with `both` the file has it.
Where nobody has set anything at Hostbook yet (version 0), the file's schedule and limits count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hostbook.collect.config import BadConfig, Config, DeviceEntry, Limits, Schedule, names_of, with_defaults
from hostbook.collect.driver import BadDevice
from hostbook.collect.drivers.modbus.map import checked_map
from hostbook.collect.registered import Registered
from hostbook.collect.registry import DRIVERS

P = TypeVar("P", bound=BaseModel)
_MINER = ("name", "driver", "address", "port", "interval_s", "timeout_s", "retries", "credential")
_PDU = ("driver", "address", "port", "interval_s", "credential")
_REMEDY = "PUT /v1/collector-settings/{site_id}"
_REMEDY_PDU = "PATCH /v1/pdus/{pdu_id}"


@dataclass(frozen=True, slots=True)
class Adoption:
    """`config` is what can be worked with; without faults that is all of it."""

    config: Config
    faults: tuple[BadConfig, ...] = ()


def adopted(file: Config, told: Registered) -> Adoption:
    """The file with what Hostbook says; what there is wrong with that by field, and left out."""
    if file.devices_from == "file":
        return Adoption(file)
    faults: list[BadConfig] = []
    said = told.settings if told.settings.get("version") else {}
    changes: dict[str, Any] = {
        "site": told.settings.get("site") or file.site,
        "schedule": _merged(file, "schedule", Schedule, said, faults),
        "limits": _merged(file, "limits", Limits, said, faults),
        "devices": tuple(_devices(file, told, said, faults)),
    }
    file_decides = file.devices_from == "both" and "send_temperatures" in file.model_fields_set
    if "send_temperatures" in said and not file_decides:
        changes["send_temperatures"] = bool(said["send_temperatures"])
    return Adoption(file.model_copy(update=changes), tuple(faults))


def _merged(file: Config, part: str, model: type[P], said: Mapping[str, Any], faults: list[BadConfig]) -> P:
    """A part of the configuration; fields that this collector does not know yet are a newer Hostbook's."""
    ours: P = getattr(file, part)
    mine = ours.model_dump(exclude_unset=True)
    theirs = said.get(part) or {}
    theirs = {name: value for name, value in theirs.items() if name in model.model_fields}
    try:
        return model.model_validate({**mine, **theirs} if file.devices_from == "api" else {**theirs, **mine})
    except ValidationError as error:
        faults.append(_fault(error, part, _REMEDY))
        return ours


def _devices(file: Config, told: Registered, said: Mapping[str, Any], faults: list[BadConfig]) -> Iterator[DeviceEntry]:
    """Devices of the file first, then those of Hostbook; no name twice."""
    theirs = [*_miners(file, said, faults), *_pdus(file, told, said, faults)]
    if file.devices_from == "api":
        taken = {name for _, one in theirs for name in names_of(one)}
        ours = [one for one in file.devices if one.is_miner and one.name not in taken]
    else:
        ours = list(file.devices)
    seen = {name for one in ours for name in names_of(one)}
    yield from ours
    own = frozenset(seen)
    for field, one in theirs:
        names = names_of(one)
        if own & names:
            continue
        if seen & names:
            name = min(seen & names)
            faults.append(BadConfig(f"{name!r} is configured twice.", field=field, remedy="one entry for each name"))
            continue
        seen |= names
        yield one


def _miners(file: Config, said: Mapping[str, Any], faults: list[BadConfig]) -> Iterator[tuple[str, DeviceEntry]]:
    for place, miner in enumerate(said.get("miners") or ()):
        field = f"miners.{place}"
        content = {name: miner[name] for name in _MINER if miner.get(name) is not None} | (miner.get("options") or {})
        if (entry := _entry(file, content, field, _REMEDY, faults)) is not None:
            yield field, entry


def _pdus(
    file: Config, told: Registered, said: Mapping[str, Any], faults: list[BadConfig]
) -> Iterator[tuple[str, DeviceEntry]]:
    """PDUs with a `device`; several behind one address become one entry with its units."""
    by_agent: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for pdu in told.pdus.values():
        device = pdu.get("device")
        if device:
            options = device.get("options") or {}
            agent = (device.get("driver", "snmp"), device.get("address"), device.get("port"), options.get("unit_id"))
            by_agent.setdefault(agent, []).append(pdu)
    maps = _maps(said, faults)
    for pdus in by_agent.values():
        first, field = pdus[0]["device"], f"{pdus[0]['name']}.device"
        options = dict(first.get("options") or {})
        if first.get("driver") == "modbus" and options.get("map") in maps:
            options["map"] = maps[options["map"]]
        content = {name: first[name] for name in _PDU if first.get(name) is not None} | options
        content["name"] = pdus[0]["name"]
        if len(pdus) > 1 or first.get("unit"):
            content["units"] = {str(pdu["device"].get("unit") or "1"): pdu["name"] for pdu in pdus}
            if len(content["units"]) < len(pdus):
                names = ", ".join(sorted(pdu["name"] for pdu in pdus))
                remedy = f"a unit of its own for each PDU of a chain, or another address; {_REMEDY_PDU}"
                faults.append(BadConfig(f"{names} are the same device.", field=f"{field}.unit", remedy=remedy))
        if (entry := _entry(file, content, field, _REMEDY_PDU, faults)) is not None:
            yield field, entry


def _maps(said: Mapping[str, Any], faults: list[BadConfig]) -> dict[str, Any]:
    """Register maps by name; one that nothing can be read by is a fault, and for its meters it is not there."""
    good = {}
    for name, content in (said.get("maps") or {}).items():
        try:
            checked_map(content, name)
            good[name] = content
        except BadDevice as bad:
            faults.append(BadConfig(bad.message, field=f"maps.{name}", remedy=bad.remedy))
    return good


def _entry(
    file: Config, content: Mapping[str, Any], field: str, remedy: str, faults: list[BadConfig]
) -> DeviceEntry | None:
    try:
        entry = DeviceEntry.model_validate(with_defaults([content], file.defaults)[0])
    except ValidationError as error:
        faults.append(_fault(error, field, remedy))
        return None
    if entry.driver not in DRIVERS:
        known = f"one of {', '.join(sorted(DRIVERS))}; or a newer collector"
        faults.append(BadConfig(f"There is no driver {entry.driver!r} here.", field=f"{field}.driver", remedy=known))
        return None
    return entry


def _fault(error: ValidationError, field: str, remedy: str) -> BadConfig:
    first = error.errors(include_url=False)[0]
    where = ".".join((field, *map(str, first["loc"])))
    return BadConfig(f"{first['msg'].rstrip('.')}.", field=where, remedy=remedy)


def told_together(faults: Iterable[BadConfig]) -> str | None:
    """The first fault in a line, and how many more there are; None for none."""
    found = list(faults)
    if not found:
        return None
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0].field}: {found[0].message} {found[0].remedy or ''}".rstrip() + more
