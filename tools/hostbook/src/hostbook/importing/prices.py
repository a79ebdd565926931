"""Rows of a hashprice series. What is there already is passed over, so that an import can go on or be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from common.clock import instant_of, instant_text
from common.money import exact_text
from hostbook.client.hashprice import add_hashprice, every_hashprice
from hostbook.client.shapes import HashpriceRow
from hostbook.demo.api import Api, ApiRefused
from hostbook.importing.columns import PriceColumns
from hostbook.importing.faults import BadLine, LineFault
from hostbook.importing.groups import Entry, Sent
from hostbook.importing.lines import Lines, Place, Row, field_of
from hostbook.importing.values import instant_at, number_of


class Prices:
    """Each row stands for itself; the platform takes a batch whole or not at all, so a refused one is sent singly."""

    noun, batch = "prices", 500

    def __init__(self, columns: PriceColumns, series: str) -> None:
        self._columns, self._series = columns, series
        self._gathered: list[Entry] = []
        self._first: Place | None = None
        self._known: dict[datetime, tuple[datetime, Fraction]] | None = None

    def check(self, lines: Lines) -> None:
        one = self._columns
        lines.refuse_missing(one.from_at.column, None if one.hours else one.to_at.column, one.price)

    def take(self, row: Row) -> None:
        one = self._columns
        from_at = instant_at(field_of(row, one.from_at.column), one.from_at)
        if one.hours is None:
            to_at = instant_at(field_of(row, one.to_at.column), one.to_at)
        else:
            to_at = from_at + timedelta(hours=one.hours)
        price = number_of(field_of(row, one.price), one.price, decimal=one.file.decimal)
        if to_at <= from_at or price < 0:
            reason = f"A price of {exact_text(price)} from {instant_text(from_at)} to {instant_text(to_at)} is none."
            raise BadLine(reason, field=one.price, remedy="from before to, 0 or more")
        body = {"from_at": instant_text(from_at), "to_at": instant_text(to_at), "usd_per_ph_day": exact_text(price)}
        self._first = self._first or Place(row.line, row.offset)
        self._gathered.append(Entry(body, (row.line,)))

    def due(self, *, everything: bool) -> list[Entry]:
        if not everything and len(self._gathered) < self.batch:
            return []
        found, self._gathered, self._first = self._gathered, [], None
        return found

    def first_open(self) -> Place | None:
        return self._first

    def send(self, api: Api, entries: list[Entry]) -> Sent:
        known = self._series_of(api)
        new = [one for one in entries if not _is_known(known, one)]
        accepted = len(entries) - len(new)
        try:
            if new:
                self._post(api, new)
            return Sent(accepted + len(new), ())
        except ApiRefused as refused:
            if refused.status not in (409, 422):
                raise
        faults = [fault for one in new if (fault := self._single(api, one)) is not None]
        return Sent(accepted + len(new) - len(faults), tuple(faults))

    def _single(self, api: Api, entry: Entry) -> LineFault | None:
        try:
            self._post(api, [entry])
        except ApiRefused as refused:
            if refused.status not in (409, 422):
                raise
            problem = refused.problem
            first: dict[str, Any] = next(iter(problem.get("errors") or [{}]), {})
            remedy = str(first.get("remedy") or problem.get("remedy") or "a row that overlaps no other")
            return LineFault(entry.lines[0], self._columns.from_at.column, str(problem.get("detail")), remedy)
        return None

    def _post(self, api: Api, entries: list[Entry]) -> None:
        rows: Any = [one.body for one in entries]
        add_hashprice(api, {"series": self._series, "rows": rows})

    def _series_of(self, api: Api) -> dict[datetime, tuple[datetime, Fraction]]:
        if self._known is None:
            self._known = dict(_rows(every_hashprice(api, series=self._series)))
        return self._known


def _rows(rows: Iterator[HashpriceRow]) -> Iterator[tuple[datetime, tuple[datetime, Fraction]]]:
    for row in rows:
        yield instant_of(row["from_at"]), (instant_of(row["to_at"]), Fraction(row["usd_per_ph_day"]))


def _is_known(known: dict[datetime, tuple[datetime, Fraction]], entry: Entry) -> bool:
    body = entry.body
    return known.get(instant_of(body["from_at"])) == (instant_of(body["to_at"]), Fraction(body["usd_per_ph_day"]))
