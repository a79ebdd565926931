"""Tables that people bring along: CSV read line by line, each fault with its line, column and remedy."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from common.errors import RuleBroken

MOST_LINES = 5000
COLUMNS = ("name", "contact_email", "company", "billing_email", "phone", "currency", "notes", "tags")


class BadTable(RuleBroken):
    """The file as a whole cannot be read."""

    code = "bad_table"


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line (the header is line 1), in which column, and what would be right."""

    line: int
    field: str
    message: str
    remedy: str

    @classmethod
    def of(cls, line: int, refused: RuleBroken) -> LineError:
        return cls(line, refused.field or "", refused.message, refused.remedy or "")


@dataclass(frozen=True, slots=True)
class Line:
    """A line's values by column; blank ones are left out."""

    number: int
    values: Mapping[str, str]


def read_table(text: str, columns: Iterable[str], required: Iterable[str]) -> tuple[list[Line], list[LineError]]:
    """The lines of a CSV text (comma or semicolon, header first), and what is wrong with those that are not whole."""
    known, needed = list(columns), list(required)
    rows = _rows(text)
    header = [name.strip().lower() for name in next(iter(rows), [])]
    _check_header(header, known, needed)
    lines, errors = list[Line](), list[LineError]()
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            said = f"{len(row)} values under {len(header)} columns."
            errors.append(LineError(number, "", said, "as many values as columns; quote values with commas in them"))
            continue
        values = {name: cell.strip() for name, cell in zip(header, row, strict=True) if cell.strip()}
        missing = [name for name in needed if name not in values]
        errors += [LineError(number, name, f"The {name} is missing.", "a value") for name in missing]
        if not missing:
            lines.append(Line(number, values))
    return lines, errors


def customer_fields(line: Line) -> dict[str, object]:
    """The fields of an account from a line; tags are separated by semicolons or bars."""
    fields: dict[str, object] = dict(line.values)
    tags = str(fields.pop("tags", "")).replace("|", ";").split(";")
    return fields | {"tags": tuple(tag.strip() for tag in tags if tag.strip())}


def _rows(text: str) -> list[list[str]]:
    plain = text.removeprefix("\ufeff")
    if "\x00" in plain:
        raise BadTable("The file is not text.", field="csv", remedy="a CSV file in UTF-8")
    first = next(iter(plain.splitlines()), "")
    try:
        rows = list(csv.reader(io.StringIO(plain, newline=""), delimiter=";" if ";" in first else ",", strict=True))
    except csv.Error as error:
        raise BadTable(
            f"The file is not CSV: {error}.", field="csv", remedy="quotes closed, one entry a line"
        ) from None
    if len(rows) - 1 > MOST_LINES:
        raise BadTable(f"{len(rows) - 1} lines are too many.", field="csv", remedy=f"at most {MOST_LINES} a file")
    return rows


def _check_header(header: list[str], known: list[str], needed: list[str]) -> None:
    if not header:
        raise BadTable("The file is empty.", field="csv", remedy=f"a header: {', '.join(known)}")
    unknown = [name for name in header if name not in known]
    missing = [name for name in needed if name not in header]
    if unknown or missing or len(set(header)) != len(header):
        said = [f"unknown column {name!r}" for name in unknown] + [f"no column {name!r}" for name in missing]
        raise BadTable(
            f"The header is not right: {'; '.join(said) or 'a column comes twice'}.",
            field="csv",
            remedy=f"columns of {', '.join(known)}; needed: {', '.join(needed)}",
        )
