"""Recorded walks of real devices: `.snmprec` (oid|tag|value) and the numeric output of snmpwalk (oid = TYPE: value)."""

from __future__ import annotations

import re
from pathlib import Path

from hostbook.fakes.snmp.cells import Book, Cell, Oid, Type, oid_of

_NUMBERS = {Type.INTEGER, Type.COUNTER32, Type.GAUGE32, Type.TICKS, Type.COUNTER64}
_WALKED = re.compile(r"^\.?(\d+(?:\.\d+)+) = (?:([A-Za-z0-9-]+): ?)?(.*)$")
_WORDS = {
    "INTEGER": Type.INTEGER,
    "STRING": Type.OCTETS,
    "Hex-STRING": Type.OCTETS,
    "OID": Type.OID,
    "IpAddress": Type.ADDRESS,
    "Counter32": Type.COUNTER32,
    "Gauge32": Type.GAUGE32,
    "Unsigned32": Type.GAUGE32,
    "Timeticks": Type.TICKS,
    "Counter64": Type.COUNTER64,
}


def recorded(path: Path) -> Book:
    """The cells of a recording; lines that are neither form are passed over, as are values that fit no type."""
    read = _recorded if path.suffix == ".snmprec" else _walked
    cells: dict[Oid, Cell] = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        found = read(line)
        if found:
            cells[found[0]] = found[1]
    return Book(cells)


def _recorded(line: str) -> tuple[Oid, Cell] | None:
    parts = line.split("|", 2)
    if len(parts) != 3 or not parts[0].strip("."):
        return None
    oid, tag, text = parts
    kind = Type(int(tag.rstrip("xe:") or Type.OCTETS)) if tag.rstrip("xe:").isdigit() else None
    if kind is None:
        return None
    if "x" in tag:
        return oid_of(oid), Cell(kind, bytes.fromhex(text))
    return oid_of(oid), _cell(kind, text)


def _walked(line: str) -> tuple[Oid, Cell] | None:
    found = _WALKED.match(line)
    if not found:
        return None
    oid, word, text = found.groups()
    if word == "Hex-STRING":
        return oid_of(oid), Cell(Type.OCTETS, bytes.fromhex(text))
    kind = _WORDS.get(word or "", Type.TICKS if text.isdigit() else Type.OCTETS)
    return oid_of(oid), _cell(kind, text.strip('"'))


def _cell(kind: Type, text: str) -> Cell:
    if kind in _NUMBERS:
        digits = re.search(r"-?\d+", text)
        return Cell(kind, int(digits.group()) if digits else 0)
    if kind is Type.OID:
        return Cell(kind, text.strip(". ") or "0.0")
    return Cell(kind, b"" if kind is Type.NULL else text.encode())
