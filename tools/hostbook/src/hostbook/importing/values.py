"""Texts and JSON values to instants and exact whole quantities; what is not exactly one is refused with its field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from common.clock import zone_of
from hostbook.importing.columns import Instants, Quantities
from hostbook.importing.faults import BadLine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 10**30


def number_of(value: Any, field: str, *, decimal: str = ".") -> Fraction:
    """A number, or the text of one, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise BadLine(f"{value!r} is no number.", field=field, remedy="digits")
    text = str(value).strip()
    if isinstance(value, str) and decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    try:
        found = Decimal(text)
    except ArithmeticError:
        raise BadLine(f"{value!r} is no number.", field=field, remedy="digits, with a point before decimals") from None
    if not found.is_finite() or abs(found) > _LARGEST or found.as_tuple().exponent < -30:  # type: ignore[operator]
        raise BadLine(f"{value!r} is no quantity.", field=field, remedy="a finite number of usual size")
    return Fraction(found)


def quantity_of(value: Any, column: Quantities, field: str, *, decimal: str = ".") -> int | None:
    """Whole Wh or W; None where the line has no value. A fraction of one is refused or cut, as the map says."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    exact = number_of(value, field, decimal=decimal) * column.factor
    if exact < 0:
        raise BadLine(f"{value} {column.unit} is below 0.", field=field, remedy="a register's value, 0 or more")
    if exact.denominator != 1 and column.finer == "refuse":
        whole = "Wh" if column.unit.endswith("h") else "W"
        remedy = f"say finer: cut in the map, and fractions of a {whole} are dropped"
        raise BadLine(f"{value} {column.unit} is not a whole number of {whole}.", field=field, remedy=remedy)
    return int(exact)


def instant_at(value: Any, column: Instants) -> datetime:
    """The instant of a line, aware UTC."""
    field = column.column
    if column.format in ("unix", "unix_ms"):
        seconds = number_of(value, field) / (1000 if column.format == "unix_ms" else 1)
        try:
            return _EPOCH + timedelta(microseconds=int(seconds * 10**6))
        except OverflowError:
            raise BadLine(f"{value} is beyond the calendar.", field=field, remedy="seconds since 1970") from None
    if not isinstance(value, str) or not value.strip():
        raise BadLine(f"{value!r} is no instant.", field=field, remedy="2025-03-01T00:00:00Z")
    at = _parsed(value.strip(), column)
    return at.astimezone(UTC) if at.tzinfo else _in_zone(at, column)


def _parsed(text: str, column: Instants) -> datetime:
    try:
        if column.format == "iso":
            return datetime.fromisoformat(text)
        return datetime.strptime(text, column.format)  # noqa: DTZ007 - the zone is looked at next
    except ValueError:
        shape = "2025-03-01T00:00:00Z" if column.format == "iso" else f"as in {column.format}"
        raise BadLine(f"{text!r} is no instant.", field=column.column, remedy=shape) from None


def _in_zone(local: datetime, column: Instants) -> datetime:
    """A local time of the map's zone; one that does not exist, or twice, is not guessed."""
    if column.zone is None:
        remedy = "an offset in the file, or a zone in the map (--zone)"
        raise BadLine(f"{local.isoformat(sep=' ')} has no zone.", field=column.column, remedy=remedy)
    zone = zone_of(column.zone)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        reason = f"{local.isoformat(sep=' ')} does not exist in {column.zone}: clocks were put forward."
        raise BadLine(reason, field=column.column, remedy="an offset in the file")
    if first.utcoffset() != second.utcoffset() and column.ambiguous == "refuse":
        reason = f"{local.isoformat(sep=' ')} comes twice in {column.zone}: clocks were put back."
        raise BadLine(
            reason, field=column.column, remedy="an offset in the file, or ambiguous: first (second) in the map"
        )
    return (second if column.ambiguous == "second" else first).astimezone(UTC)
