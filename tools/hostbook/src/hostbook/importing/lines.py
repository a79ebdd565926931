"""The rows of a file, CSV or JSON lines, gzipped or not, each with its line and where in the file it begins."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

from common.errors import RuleBroken
from hostbook.importing.columns import BadMap, FileForm
from hostbook.importing.faults import BadLine, LineFault

_CSV, _JSON = ("csv", "tsv", "txt"), ("jsonl", "ndjson", "json")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line (from 1), where it begins, its fields by column, its text."""

    line: int
    offset: int
    fields: Mapping[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: a line, and the byte at which it begins."""

    line: int = 1
    offset: int = 0


class Lines:
    """A file of rows. `read_bytes` of `size` bytes on disk are behind it, for a progress bar."""

    def __init__(self, path: Path, form: FileForm) -> None:
        self.path, self._form = path, form
        kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
        if kind not in (*_CSV, *_JSON):
            known = ", ".join((*_CSV, *_JSON))
            raise BadMap(f"What is in {path.name} cannot be told.", field="FILE", remedy=f"name it {known} (.gz)")
        self.is_json = kind in _JSON
        try:
            self.size = path.stat().st_size
            self._raw: IO[bytes] = path.open("rb")
        except OSError as error:
            raise BadMap(f"{path} cannot be read: {error.strerror}.", field="FILE", remedy="a file") from None
        self._file: IO[bytes] = self._raw
        if path.name.endswith(".gz"):
            self._file = cast(IO[bytes], gzip.GzipFile(fileobj=self._raw))
        self._headings = [] if self.is_json else self._first_row()

    @property
    def read_bytes(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._file.close()
        self._raw.close()

    def rows(self, start: Place) -> Iterator[Row | LineFault]:
        """The rows from a place on; a line that is none comes as a fault."""
        first = Place() if self.is_json else Place(2, self._body_offset)
        place = max(start, first, key=lambda one: one.offset)
        self._file.seek(place.offset)
        line, offset = place.line, place.offset
        for raw in self._file:
            try:
                text = self._decoded(raw)
                if text.strip():
                    yield Row(line, offset, self._fields(text), text)
            except RuleBroken as error:
                yield LineFault.of(line, error, raw.decode("utf-8", "replace").strip())
            line, offset = line + 1, offset + len(raw)

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode(self._form.encoding).rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise BadLine(
                f"It is not {self._form.encoding}: {error.reason}.", remedy="file.encoding in the map"
            ) from None

    def _fields(self, text: str) -> Mapping[str, Any]:
        return self._object(text) if self.is_json else self._columns(text)

    def _object(self, text: str) -> Mapping[str, Any]:
        try:
            found = json.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise BadLine(f"It is no JSON: {error}.", remedy="one object a line") from None
        if not isinstance(found, dict):
            raise BadLine(f"It is a {type(found).__name__}.", remedy="one object a line")
        return found

    def _columns(self, text: str) -> Mapping[str, Any]:
        if text.count('"') % 2:
            raise BadLine("A quotation mark has no partner.", remedy="one row a line, no line breaks inside quotes")
        values = next(csv.reader([text], delimiter=self._form.delimiter))
        if len(values) != len(self._headings):
            counted = f"{len(values)} values stand in {len(self._headings)} columns."
            raise BadLine(counted, remedy="one value a column; is the delimiter right?")
        return dict(zip(self._headings, values, strict=True))

    def _first_row(self) -> list[str]:
        raw = self._file.readline()
        self._body_offset = len(raw)
        try:
            names = next(csv.reader([self._decoded(raw)], delimiter=self._form.delimiter), [])
        except RuleBroken as error:
            raise BadMap(f"The first line cannot be read. {error.message}", field="FILE", remedy=error.remedy) from None
        headings = [name.strip() for name in names]
        twice = next((name for name in headings if headings.count(name) > 1), None)
        if not any(headings) or twice is not None:
            reason = f"Column {twice!r} is there twice." if twice else "The first line names no columns."
            raise BadMap(reason, field="FILE", remedy="a first line with a name for each column")
        return headings

    def refuse_missing(self, *columns: str | None) -> None:
        """Every named column must be in a CSV file's first line."""
        missing = [name for name in columns if name is not None and name not in self._headings]
        if missing and not self.is_json:
            there = ", ".join(self._headings)
            reason = f"There is no column {', '.join(map(repr, missing))} in {self.path.name}."
            raise BadMap(reason, field="--map", remedy=f"columns are {there}")

    @property
    def headings(self) -> list[str]:
        return self._headings


def field_of(row: Row, column: str) -> Any:
    """The value of a column; in JSON a name with dots leads into objects. A column that is not there is refused."""
    found: Any = row.fields
    if column in row.fields:
        return row.fields[column]
    for name in column.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise BadLine(f"There is no {column!r}.", field=column, remedy="the column that the map names")
        found = found[name]
    return found
