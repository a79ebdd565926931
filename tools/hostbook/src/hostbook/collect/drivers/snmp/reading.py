"""From the cells of one poll to outlets: exact, and None wherever the device gives no measurement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from itertools import groupby

from hostbook.collect.driver import OutletRead, OutletState, PduPoll
from hostbook.collect.drivers.snmp.discovery import Row
from hostbook.collect.drivers.snmp.model import ENTERPRISES, Model, Register, Value
from hostbook.collect.drivers.snmp.recognition import Recognised

Cells = Mapping[str, Value]
_UNAVAILABLE = -1
_MOST_DIGITS = 9


def cells_of(model: Model, row: Row, *, energy: bool = True) -> list[str]:
    """The OIDs of an outlet, for one request: what belongs together is read together."""
    registers = [register for register in (model.energy if energy else None, model.power) if register]
    oids: list[str] = []
    if row.meter is not None:
        for register in registers:
            also = (register.digits, register.availability)
            oids += [register.oid(row.meter), *(register.oid(row.meter, column) for column in also if column)]
        if model.stamp and registers:
            oids.append(_stamp_oid(model, row))
    if model.states and row.switch is not None:
        oids.append(model.states.oid(row.switch))
    return list(dict.fromkeys(oids))


def _stamp_oid(model: Model, row: Row) -> str:
    assert model.stamp
    return f"{ENTERPRISES}.{model.stamp.column}.{row.unit_index if model.stamp.by_unit else row.meter}"


def value_of(register: Register | None, row: Row, cells: Cells) -> Fraction | None:
    """A register in its unit; None for what is absent, negative, marked as unavailable, or of unknown scale."""
    if register is None or row.meter is None:
        return None
    raw = cells.get(register.oid(row.meter))
    if not isinstance(raw, int) or raw < 0:
        return None
    if register.availability and cells.get(register.oid(row.meter, register.availability)) == _UNAVAILABLE:
        return None
    tick = tick_of(register, row, cells)
    return raw * tick if tick is not None else None


def tick_of(register: Register, row: Row, cells: Cells) -> Fraction | None:
    """What one step of a register is worth on this outlet now; None if the device does not say."""
    if register.digits is None:
        return register.scale
    digits = cells.get(register.oid(row.meter or "", register.digits))
    if isinstance(digits, int) and 0 <= digits <= _MOST_DIGITS:
        return register.scale / Fraction(10**digits)
    return None


def outlet_of(model: Model, row: Row, cells: Cells, *, energy: bool = True) -> OutletRead:
    """One outlet. Energy is cut to whole Wh: the cuts do not add up over a span, they cancel but for the last one."""
    register = value_of(model.energy, row, cells) if energy else None
    power = value_of(model.power, row, cells)
    stamp = cells.get(_stamp_oid(model, row)) if model.stamp else None
    if model.stamp and model.stamp.unmetered and _reads(stamp, model.stamp.unmetered):
        register = power = None
    return OutletRead(
        key=row.key,
        number=row.number,
        name=row.name or str(row.number),
        state=_state(model, row, cells),
        energy_wh=int(register) if register is not None else None,
        power_w=round(power) if power is not None else None,
        reset_stamp=model.stamp.text(stamp) if model.stamp and stamp is not None else None,
    )


def _reads(value: Value | None, text: str) -> bool:
    return isinstance(value, bytes) and value.decode("ascii", "replace").strip() == text


def _state(model: Model, row: Row, cells: Cells) -> OutletState:
    if model.states is None or row.switch is None:
        return OutletState.UNKNOWN
    code = cells.get(model.states.oid(row.switch))
    return model.states.codes.get(code, OutletState.UNKNOWN) if isinstance(code, int) else OutletState.UNKNOWN


def polls_of(
    known: Recognised, cells: Cells, span: tuple[datetime, datetime], uptime_s: int | None
) -> Iterator[PduPoll]:
    """One poll per PDU behind the address, its outlets in order."""
    model = known.model
    for unit, members in groupby(known.rows, key=lambda row: row.unit):
        inside = list(members)
        outlets = tuple(outlet_of(model, row, cells, energy=known.has_energy) for row in inside)
        register_tick = _finest(model, inside, cells)
        yield PduPoll(
            unit=unit,
            started_at=span[0],
            ended_at=span[1],
            outlets=outlets,
            tick_wh=max(register_tick, Fraction(1)),
            modulus_wh=modulus_of(model, register_tick),
            serial=known.serials.get(unit),
            uptime_s=uptime_s,
            cannot_read=(*model.cannot_read, *_missing(model, outlets)),
        )


def modulus_of(model: Model, tick: Fraction) -> Fraction:
    """Where the register begins again, in Wh; in whole ones where its last fraction is no decimal (10 Ws)."""
    exact = model.modulus * tick
    return exact if 10**_MOST_DIGITS % exact.denominator == 0 else Fraction(int(exact))


def _finest(model: Model, rows: Iterable[Row], cells: Cells) -> Fraction:
    """The tick of a PDU's registers. Outlets may differ in digits (none recorded does); the finest one holds then."""
    if model.energy is None:
        return Fraction(1)
    ticks = [tick_of(model.energy, row, cells) for row in rows if row.meter is not None]
    return min((tick for tick in ticks if tick is not None), default=model.energy.scale)


def _missing(model: Model, outlets: Iterable[OutletRead]) -> Iterator[str]:
    """What the outlets of this very device do not give although the model may."""
    seen = list(outlets)
    for word, figures, known in (
        ("energy", [outlet.energy_wh for outlet in seen], model.energy),
        ("power", [outlet.power_w for outlet in seen], model.power),
    ):
        missing = [outlet.number for outlet, figure in zip(seen, figures, strict=True) if figure is None]
        if known and len(missing) == len(seen):
            yield f"outlet {word} (this device gives none)"
        elif known and missing:
            yield f"{word} of outlets {spans_text(missing)}"


def spans_text(numbers: Iterable[int]) -> str:
    """Numbers as runs: 1-3, 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
