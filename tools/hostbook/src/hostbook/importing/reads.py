"""Reads of registers, gathered into polls: one vector of a PDU's outlets an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.clock import instant_text
from hostbook.client.readings import send_readings
from hostbook.demo.api import Api
from hostbook.importing.columns import OUTLET, Quantities, ReadColumns
from hostbook.importing.faults import BadLine
from hostbook.importing.groups import Entry, Groups, Sent, told
from hostbook.importing.lines import Lines, Place, Row, field_of
from hostbook.importing.values import instant_at, number_of, quantity_of

_MOST_OUTLETS, _MOST_POLLS, _MOST_VALUES = 2000, 500, 100_000
"""Of one PDU, and of one call, which would grow too large by PDUs with very many outlets."""
Values = dict[int, int | None]


@dataclass
class _Vectors:
    energy: Values = field(default_factory=dict)
    power: Values = field(default_factory=dict)


class Reads:
    """`outlets`: by PDU, how many it has; None where no gateway was asked, then the file's last outlet counts."""

    noun = "polls"

    def __init__(self, columns: ReadColumns, outlets: Mapping[str, int] | None) -> None:
        self._columns, self._outlets = columns, outlets
        self._groups: Groups[_Vectors] = Groups(_Vectors)
        self._wide: tuple[int, ...] = ()
        self.batch = max(1, min(_MOST_POLLS, _MOST_VALUES // max((outlets or {}).values(), default=1)))

    def check(self, lines: Lines) -> None:
        one = self._columns
        if one.is_wide:
            self._wide = tuple(n for n in range(1, _MOST_OUTLETS + 1) if _column(one.energy, n) in lines.headings)
            lines.refuse_missing(one.pdu.column, one.at.column, *([] if self._wide else [_column(one.energy, 1)]))
        else:
            power = one.power.column if one.power else None
            lines.refuse_missing(one.pdu.column, one.at.column, one.outlet, one.energy.column, power)

    def take(self, row: Row) -> None:
        pdu, at = self._pdu(row), instant_at(field_of(row, self._columns.at.column), self._columns.at)
        key = (pdu, at)
        group = self._groups.of(key, row)
        try:
            read = self._vectors(row, pdu)
            _refuse_other(group.content.energy, read.energy, self._columns.energy.column)
            group.content.energy |= read.energy
            group.content.power |= read.power
            group.lines.append(row.line)
        finally:
            self._groups.drop_empty(key)

    def due(self, *, everything: bool) -> list[Entry]:
        return [self._entry(key, one.content, one.lines) for key, one in self._groups.due(everything=everything)]

    def first_open(self) -> Place | None:
        return self._groups.first_open()

    def send(self, api: Api, entries: list[Entry]) -> Sent:
        answer = send_readings(api, {"polls": [one.body for one in entries]})
        return Sent(answer["accepted"], told(entries, answer["refused"]))

    def _pdu(self, row: Row) -> str:
        words = self._columns.pdu
        name = words.always if words.always is not None else str(field_of(row, words.column or "")).strip()
        if not name:
            raise BadLine("The PDU has no name.", field=words.column, remedy="the PDU's name or id")
        if self._outlets is not None and name not in self._outlets:
            raise BadLine(f"There is no PDU {name!r}.", field=words.column, remedy="register it first")
        return name

    def _vectors(self, row: Row, pdu: str) -> _Vectors:
        energy = self._values(row, self._columns.energy, pdu)
        return _Vectors(energy, self._values(row, self._columns.power, pdu) if self._columns.power else {})

    def _values(self, row: Row, column: Quantities, pdu: str) -> Values:
        """The values of a row by outlet."""
        if self._columns.is_wide:
            raw = {n: row.fields[name] for n in self._wide if (name := _column(column, n)) in row.fields}
        else:
            told_value = field_of(row, column.column)
            if isinstance(told_value, list):
                raw = dict(enumerate(told_value, 1))
            else:
                raw = {self._place(row, pdu): told_value}
        self._refuse_too_many(raw, pdu, column.column)
        decimal = self._columns.file.decimal
        return {n: quantity_of(value, column, _column(column, n), decimal=decimal) for n, value in raw.items()}

    def _place(self, row: Row, pdu: str) -> int:
        name = self._columns.outlet
        if name is None:
            reason, remedy = "Which outlet it is is not said.", "outlet in the map, a column of places from 1"
            if self._outlets is not None and self._outlets[pdu] == 1:
                return 1
            raise BadLine(reason, field="outlet", remedy=remedy)
        place = number_of(field_of(row, name), name)
        if place.denominator != 1 or place < 1:
            raise BadLine(f"{place} is no outlet.", field=name, remedy="its place in the PDU, from 1")
        return int(place)

    def _refuse_too_many(self, values: Mapping[int, Any], pdu: str, field_name: str) -> None:
        count = self._outlets[pdu] if self._outlets is not None else _MOST_OUTLETS
        last = max(values, default=0)
        if last > count:
            reason = f"{pdu} has {count} outlets; this is of outlet {last}."
            raise BadLine(reason, field=self._columns.outlet or field_name, remedy=f"1 to {count}")

    def _entry(self, key: tuple[str, datetime], vectors: _Vectors, lines: list[int]) -> Entry:
        pdu, at = key
        count = self._outlets[pdu] if self._outlets is not None else max(vectors.energy, default=1)
        body = {"pdu": pdu, "polled_at": instant_text(at), "energy_wh": _vector(vectors.energy, count)}
        if vectors.power:
            body["power_w"] = _vector(vectors.power, count)
        return Entry(body, tuple(lines))


def _column(column: Quantities, outlet: int) -> str:
    return column.column.replace(OUTLET, str(outlet))


def _vector(values: Values, count: int) -> list[int | None]:
    return [values.get(n) for n in range(1, count + 1)]


def _refuse_other(there: Values, new: Values, column: str) -> None:
    """Two different registers of an outlet at one instant: which of them is true is not for an import to say."""
    for outlet, value in new.items():
        old = there.get(outlet)
        if old is not None and value is not None and old != value:
            reason = f"Outlet {outlet} had {old} Wh at this instant in an earlier line, and {value} Wh here."
            raise BadLine(reason, field=column, remedy="one read an outlet and instant")
