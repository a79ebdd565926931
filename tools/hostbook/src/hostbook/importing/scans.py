"""Telemetry: hashrate and status of units, gathered into scans of a site."""

from __future__ import annotations

from datetime import datetime

from common.clock import instant_text
from common.money import exact_text
from hostbook.client.shapes import Refused
from hostbook.client.telemetry import send_telemetry
from hostbook.demo.api import Api
from hostbook.importing.columns import ScanColumns
from hostbook.importing.faults import BadLine, LineFault
from hostbook.importing.groups import Entry, Groups, Sent, told
from hostbook.importing.lines import Lines, Place, Row, field_of
from hostbook.importing.values import instant_at, number_of

_ONE = "miners."
_STATES = ("hashing", "online", "offline")
Miners = dict[str, tuple[list[str], int]]
"""By unit its hashrate and status, and the line that said so."""


class Scans:
    """A line a unit and instant; without a status, a unit with a hashrate hashes and one without is online."""

    noun, batch = "scans", 200

    def __init__(self, columns: ScanColumns) -> None:
        self._columns = columns
        self._groups: Groups[Miners] = Groups(dict)

    def check(self, lines: Lines) -> None:
        one = self._columns
        lines.refuse_missing(one.site.column, one.unit, one.at.column, one.hashrate_ths, one.status)

    def take(self, row: Row) -> None:
        one = self._columns
        site = one.site.always if one.site.always is not None else str(field_of(row, one.site.column or "")).strip()
        unit = str(field_of(row, one.unit)).strip()
        if not site or not unit:
            raise BadLine("Site and unit need names.", field=one.unit, remedy="the site's code, the unit's name")
        ths = number_of(field_of(row, one.hashrate_ths), one.hashrate_ths, decimal=one.file.decimal)
        if ths < 0:
            raise BadLine(f"{exact_text(ths)} TH/s is below 0.", field=one.hashrate_ths, remedy="0 or more")
        status = str(field_of(row, one.status)).strip().lower() if one.status else ("hashing" if ths else "online")
        if status not in _STATES:
            raise BadLine(f"{status!r} is no status.", field=one.status, remedy=f"one of {', '.join(_STATES)}")
        key = (site, instant_at(field_of(row, one.at.column), one.at))
        group = self._groups.of(key, row)
        read = [exact_text(ths), status]
        if group.content.get(unit, (read, 0))[0] != read:
            raise BadLine(f"{unit} is in this scan already, with other figures.", field=one.unit, remedy="one line")
        group.content[unit] = (read, row.line)
        group.lines.append(row.line)

    def due(self, *, everything: bool) -> list[Entry]:
        return [self._entry(key, one.content) for key, one in self._groups.due(everything=everything)]

    def first_open(self) -> Place | None:
        return self._groups.first_open()

    def send(self, api: Api, entries: list[Entry]) -> Sent:
        answer = send_telemetry(api, {"scans": [one.body for one in entries]})
        refused = answer["refused"]
        alone = [one for one in refused if one["field"].startswith(_ONE)]
        rest = [one for one in refused if not one["field"].startswith(_ONE)]
        return Sent(answer["accepted"], (*told(entries, rest), *(self._of_unit(entries, one) for one in alone)))

    def _of_unit(self, entries: list[Entry], refused: Refused) -> LineFault:
        """A unit that was left out of a scan that is taken otherwise: its own line is at fault."""
        entry, unit = entries[refused["index"]], refused["field"].removeprefix(_ONE)
        line = dict(zip(entry.body["miners"], entry.lines, strict=False)).get(unit, entry.lines[0])
        return LineFault(line, self._columns.unit, refused["reason"], refused["remedy"])

    def _entry(self, key: tuple[str, datetime], miners: Miners) -> Entry:
        site, at = key
        body = {"site": site, "scanned_at": instant_text(at), "interval_s": self._columns.interval_s}
        found = {unit: read for unit, (read, _) in miners.items()}
        return Entry(body | {"miners": found}, tuple(line for _, line in miners.values()))
