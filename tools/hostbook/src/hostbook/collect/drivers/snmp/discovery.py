"""Which outlets a device has: rows found once by walking, so that each poll asks for exactly their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from hostbook.collect.drivers.snmp.model import ENTERPRISES, Join, Model, Place, Register, Value
from hostbook.collect.drivers.snmp.texts import text_of
from hostbook.collect.drivers.snmp.wire import Session


@dataclass(frozen=True, slots=True)
class Row:
    """One outlet: its place, its name, and the indexes under which its meter and its switch are found (or are not)."""

    unit: str
    key: str
    number: int
    name: str
    unit_index: str
    meter: str | None
    switch: str | None


async def rows_of(session: Session, model: Model) -> list[Row]:
    """The outlets of a device of this model, in order; none means that it is not of this model, or has no outlets."""
    cells: dict[str, Value] = {}
    for column in columns_of(model):
        cells |= await session.walk(f"{ENTERPRISES}.{column}")
    return rows_in(model, cells)


def columns_of(model: Model) -> list[str]:
    """The columns that have to be walked to know the rows."""
    columns = [*model.discover, *model.names]
    if model.join:
        join = model.join
        columns += [join.module, join.number, join.switch_module, join.switch_number, join.switch_name]
    return list(dict.fromkeys(columns))


def rows_in(model: Model, cells: Mapping[str, Value]) -> list[Row]:
    """The outlets that these walked cells show."""
    return ordered(_joined(model, model.join, cells) if model.join else _plain(model, cells))


def _plain(model: Model, cells: Mapping[str, Value]) -> Iterable[Row]:
    sensor = model.energy if model.energy and model.energy.suffix else None
    for index in _indexes(cells, model.discover, sensor):
        if model.keeps(cells, index):
            yield _row(model.place(index), _name(cells, model.names, index), index, index)


def _indexes(cells: Mapping[str, Value], columns: Iterable[str], sensor: Register | None = None) -> list[str]:
    """The rows of these columns. Of a column with a row per sensor only those of the sensor, without its suffix."""
    found: dict[str, None] = {}
    for column in columns:
        stem = f"{ENTERPRISES}.{column}."
        suffix = sensor.suffix if sensor and column == sensor.column else ""
        for oid in cells:
            if oid.startswith(stem) and oid.endswith(suffix):
                found[oid[len(stem) :].removesuffix(suffix)] = None
    return list(found)


def _joined(model: Model, join: Join, cells: Mapping[str, Value]) -> Iterable[Row]:
    meters = _numbered(cells, join.module, join.number, model.discover)
    switches = _numbered(cells, join.switch_module, join.switch_number, ())
    for place in meters | switches:
        meter, switch = meters.get(place), switches.get(place)
        name = _name(cells, model.names, meter) or _name(cells, (join.switch_name,), switch)
        module, number = place
        yield _row(Place(str(module), str(number), number), name, meter, switch)


def _numbered(
    cells: Mapping[str, Value], module: str, number: str, columns: tuple[str, ...]
) -> dict[tuple[int, int], str]:
    """The index of each (module, outlet number). Where the device does not say them, the index is the number."""
    found: dict[tuple[int, int], str] = {}
    for index in _indexes(cells, (number, *columns)):
        last = int(index.rpartition(".")[2])
        its_module = cells.get(f"{ENTERPRISES}.{module}.{index}", 1)
        its_number = cells.get(f"{ENTERPRISES}.{number}.{index}", last)
        if isinstance(its_module, int) and isinstance(its_number, int):
            found[its_module, its_number] = index
    return found


def _row(place: Place, name: str, meter: str | None, switch: str | None) -> Row:
    number = place.number if place.number is not None else 0
    return Row(place.unit, place.key, number, name, place.unit_index or place.unit, meter, switch)


def _name(cells: Mapping[str, Value], columns: Iterable[str], index: str | None) -> str:
    """The first name that is not empty: one given by people, else the label on the case."""
    texts = (text_of(cells.get(f"{ENTERPRISES}.{column}.{index}")) for column in columns)
    return next(filter(None, texts), "") if index is not None else ""


def ordered(rows: Iterable[Row]) -> list[Row]:
    """By unit and key. Where numbers repeat within a unit (cords, branches) or are missing, outlets are counted."""
    inside = sorted(rows, key=lambda row: (_natural(row.unit), _natural(row.key)))
    result: list[Row] = []
    for _, members in groupby(inside, key=lambda row: row.unit):
        unit = list(members)
        numbers = {row.number for row in unit}
        if len(numbers) < len(unit) or min(numbers) < 1:
            unit = [replace(row, number=number) for number, row in enumerate(unit, 1)]
        result += sorted(unit, key=lambda row: row.number)
    return result


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split("."))
