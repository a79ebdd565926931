"""What a miner answered to a set of commands, and how figures are taken from it: exactly, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hostbook.collect.driver import Failure

Row = Mapping[str, Any]
_WITH_UNIT = re.compile(r"\s*(-?[0-9]{1,24}(?:\.[0-9]{1,24})?)\s*[A-Za-z%/°]*\s*")
_LARGEST_EXPONENT = 40


@dataclass(frozen=True, slots=True)
class Answers:
    """Per command the object that came back; what was refused or unreadable has a reason in `failures` instead.

    `refusals` are the miner's own words where it said no: they tell who speaks as well as an answer.
    """

    documents: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    refusals: Sequence[Row] = ()

    def rows(self, command: str, section: str) -> list[Row]:
        """The rows of a section, e.g. `POOLS`; none where the command was not answered or is shaped otherwise."""
        found = self.documents.get(command, {}).get(section)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def row(self, command: str, section: str) -> Row:
        """The first row of a section, or an empty one."""
        return next(iter(self.rows(command, section)), {})

    def stats(self) -> Row:
        """All rows of `stats` as one: firmwares put the header and the boards into different ones."""
        joined: dict[str, Any] = {}
        for row in self.rows("stats", "STATS"):
            joined |= {name: value for name, value in row.items() if name not in joined}
        return joined

    def message(self, command: str) -> Row:
        """The `Msg` of a Whatsminer answer."""
        found = self.documents.get(command, {}).get("Msg")
        return found if isinstance(found, dict) else {}


def refusal(answer: Mapping[str, Any]) -> tuple[int | None, str] | None:
    """Code and words of a miner that says no (STATUS E or F), None where it says yes."""
    status = answer.get("STATUS", answer)
    row = status[0] if isinstance(status, list) and status and isinstance(status[0], dict) else answer
    if row.get("STATUS") not in ("E", "F"):
        return None
    code = row.get("Code")
    return code if isinstance(code, int) else None, str(row.get("Msg") or row.get("Description") or "no reason given")


def number(value: Any) -> Fraction | None:
    """A number, or the text of one with or without a unit ("58.94W"), exactly; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, str):
        match = _WITH_UNIT.fullmatch(value)
        return Fraction(match[1]) if match else None
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= _LARGEST_EXPONENT:
        return Fraction(value)
    return None


def words(value: Any) -> str | None:
    """A text on one line, without quotes around it; None where there is none."""
    text = " ".join(str(value).split()).strip("'\"") if isinstance(value, str | int | Decimal) else ""
    return text or None


def first_number(row: Row, *names: str) -> Fraction | None:
    """The first of these fields that holds a number."""
    return next((found for name in names if (found := number(row.get(name))) is not None), None)


def whole(value: Fraction | None) -> int | None:
    """A quantity that is known and not negative, in whole units, halves up; makers write -1 for "unknown"."""
    return None if value is None or value < 0 else int(value + Fraction(1, 2))
