"""What was wrong with a line: told in a file beside the imported one, a row per line, and counted."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from common.errors import RuleBroken

HEADINGS = ("line", "field", "reason", "remedy", "text")
_SHOWN = 500


class BadLine(RuleBroken):
    """A line that cannot be taken: the field at fault, why, and what would be right."""

    code = "bad_line"


@dataclass(frozen=True, slots=True)
class LineFault:
    """One line at fault."""

    line: int
    field: str
    reason: str
    remedy: str
    text: str = ""

    @classmethod
    def of(cls, line: int, error: RuleBroken, text: str = "") -> LineFault:
        return cls(line, error.field or "", error.message, error.remedy or "", text[:_SHOWN])


class FaultFile:
    """Rows are appended as they are found; an import that goes on keeps those of lines that it will not see again."""

    def __init__(self, path: Path, *, from_line: int) -> None:
        self.path = path
        kept = _rows_before(path, from_line) if from_line > 1 else []
        self.count = len(kept)
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADINGS)
        self._writer.writerows(kept)

    def add(self, fault: LineFault) -> None:
        self.count += 1
        self._writer.writerow([fault.line, fault.field, fault.reason, fault.remedy, fault.text])
        self._file.flush()

    def close(self) -> None:
        """Without faults there is no file."""
        self._file.close()
        if not self.count:
            self.path.unlink()


def _rows_before(path: Path, line: int) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
    except OSError:
        return []
    return [row for row in rows if row and row[0].isdecimal() and int(row[0]) < line]
