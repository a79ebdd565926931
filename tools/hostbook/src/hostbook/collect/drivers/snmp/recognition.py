"""Which model answers: by its object identifier, else its description, else by the outlet table that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hostbook.collect.driver import Failure, Identity, Trouble
from hostbook.collect.drivers.snmp.discovery import Row, rows_of
from hostbook.collect.drivers.snmp.model import ENTERPRISES, Model, Value
from hostbook.collect.drivers.snmp.models import MODELS
from hostbook.collect.drivers.snmp.texts import text_of
from hostbook.collect.drivers.snmp.wire import Session, SnmpTrouble

SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What answers: its model, its outlets, whether they have energy registers, and the serial number of each PDU."""

    model: Model
    rows: list[Row]
    has_energy: bool
    serials: dict[str, str]
    identity: Identity


async def recognise(session: Session, forced: str | None = None) -> Recognised:
    """The device behind a session; `SnmpTrouble` if it is silent, refuses us, or is no PDU that is known here.

    Columns of other makers are not there, so trying a wrong model costs a request or two and finds nothing.
    """
    said = await session.get([SYS_OBJECT_ID, SYS_DESCR, SYS_UPTIME])
    candidates = candidates_of(said, forced)
    for model in candidates:
        rows = await rows_of(session, model)
        if rows:
            return await _described(session, model, rows)
    if _fit(candidates[0], said):
        return await _described(session, candidates[0], [])
    raise SnmpTrouble(_unknown(said))


async def _described(session: Session, model: Model, rows: list[Row]) -> Recognised:
    units = {row.unit: row.unit_index for row in rows} or {"1": "1"}
    serials = {unit: await _text(session, model.serial, index) for unit, index in units.items()}
    first = next(iter(units.values()))
    has_energy = model.energy is not None and await _has_energy(session, model)
    cannot = list(model.cannot_read)
    if not rows:
        cannot.append("outlets (the device lists none)")
    elif model.energy and not has_energy:
        cannot.append("outlet energy (the device says that it has none)")
    identity = Identity(
        model=f"{model.name} {await _text(session, model.product, first)}".strip(),
        serial=", ".join(filter(None, serials.values())) or None,
        firmware=await _text(session, model.firmware, first) or None,
        outlets=len(rows),
        cannot_read=tuple(cannot),
    )
    known_serials = {unit: serial for unit, serial in serials.items() if serial}
    return Recognised(model, rows, has_energy, known_serials, identity)


async def _has_energy(session: Session, model: Model) -> bool:
    said = (await _text(session, model.energy_support, "")).lower()
    return said not in ("no", "false", "0")


async def _text(session: Session, column: str | None, unit: str) -> str:
    if column is None:
        return ""
    oid = f"{ENTERPRISES}.{column.format(unit=unit)}"
    return text_of((await session.get([oid])).get(oid))


def candidates_of(said: Mapping[str, Value], forced: str | None = None) -> list[Model]:
    """The models to try, likeliest first: those whose identifier or description fits, then all others."""
    if forced is not None:
        return [model for model in MODELS if model.name == forced]
    return sorted(MODELS, key=lambda model: -_fit(model, said))


def _fit(model: Model, said: Mapping[str, Value]) -> int:
    object_id = f"{text_of(said.get(SYS_OBJECT_ID)).lstrip('.')}."  # HPE sends it as a text with a dot in front
    fits = [len(prefix) for prefix in model.object_ids if object_id.startswith(f"{ENTERPRISES}.{prefix}.")]
    if model.described and model.described in text_of(said.get(SYS_DESCR)):
        fits.append(len(model.described))
    return max(fits, default=0)


def _unknown(said: Mapping[str, Value]) -> Failure:
    what = f"object identifier {text_of(said.get(SYS_OBJECT_ID)) or 'none'}, “{text_of(said.get(SYS_DESCR))}”"
    remedy = "see the list of models in docs/collectors.md; `model: NAME` in its entry forces one"
    return Failure(Trouble.UNKNOWN_MODEL, f"It answers, but has no outlet table that is known here ({what}).", remedy)
