"""How a computed result is compared with an expected one (scenarios/README)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

NUMERIC = {"kwh", "quantity", "rate", "variance_percent"}
BY_NAME = {"units", "unbilled_hours"}


def differences(expected: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """Each expected field that differs, with its place; fields that `expected` leaves out are not compared."""
    return list(_mapping("", expected, got))


def disagreements(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Differences both ways; a null, an empty object or an empty list is as good as absent."""
    left, right = _trim(one), _trim(other)
    return list(dict.fromkeys([*differences(left, right), *(f"(reversed) {d}" for d in differences(right, left))]))


def _trim(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: _trim(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part not in (None, {})}
    return [_trim(part) for part in value] if isinstance(value, list) else value


def _mapping(place: str, expected: Mapping[str, Any], got: Any) -> Iterator[str]:
    if not isinstance(got, Mapping):
        yield f"{place}: expected {expected}, got {got!r}"
        return
    for name, value in expected.items():
        here = f"{place}.{name}" if place else name
        if name in BY_NAME:
            yield from _by_name(here, value, got.get(name) or {})
        else:
            yield from _value(here, name, value, got.get(name))


def _value(place: str, name: str, expected: Any, got: Any) -> Iterator[str]:
    if isinstance(expected, Mapping):
        yield from _mapping(place, expected, got)
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        yield from _sequence(place, expected, got or [])
    elif not _same(name, expected, got):
        yield f"{place}: expected {expected!r}, got {got!r}"


def _sequence(place: str, expected: Sequence[Any], got: Sequence[Any]) -> Iterator[str]:
    if len(expected) != len(got):
        yield f"{place}: expected {len(expected)} entries, got {len(got)}"
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        yield from _value(f"{place}[{index}]", "", one, other)


def _by_name(place: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*expected, *got]):
        if name not in got or name not in expected or not _same("kwh", expected[name], got[name]):
            yield f"{place}.{name}: expected {expected.get(name)!r}, got {got.get(name)!r}"


def _same(name: str, expected: Any, got: Any) -> bool:
    if name in NUMERIC and expected is not None and got is not None:
        return Fraction(str(expected)) == Fraction(str(got))
    return bool(expected == got)
