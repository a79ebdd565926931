"""Expected against computed: lists in order, amounts exactly, quantities and rates as numbers (scenarios/README)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

NUMERIC = frozenset({"kwh", "quantity", "rate", "variance_percent"})
NUMERIC_BY_ID = frozenset({"units", "unbilled_hours"})


def differences(expect: dict[str, Any], result: dict[str, Any]) -> Iterator[str]:
    """A sentence per expected field that differs; fields that `expect` leaves out are not compared."""
    for name, wanted in expect.items():
        yield from _differ(name, name, wanted, result.get(name, _empty(wanted)))


def _empty(wanted: object) -> object:
    return type(wanted)() if isinstance(wanted, (list, dict)) else None


def _differ(path: str, name: str, wanted: Any, got: Any) -> Iterator[str]:
    if name in NUMERIC_BY_ID:
        yield from _by_id(path, wanted, got)
    elif isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            yield from _differ(f"{path}.{key}", key, value, got.get(key, _empty(value)))
    elif isinstance(wanted, list) and isinstance(got, list):
        yield from _lists(path, name, wanted, got)
    elif name in NUMERIC:
        if not _same_number(wanted, got):
            yield _told(path, wanted, got)
    elif wanted != got:
        yield _told(path, wanted, got)


def _lists(path: str, name: str, wanted: list[Any], got: list[Any]) -> Iterator[str]:
    if len(wanted) != len(got):
        yield f"{path}: {len(wanted)} expected, {len(got)} computed"
    for index, (one, other) in enumerate(zip(wanted, got, strict=False)):
        yield from _differ(f"{path}[{index}]", name, one, other)


def _by_id(path: str, wanted: Any, got: Any) -> Iterator[str]:
    """Figures by unit, each the same number; a unit that is not listed has none."""
    if not isinstance(wanted, dict):
        if wanted != got:
            yield _told(path, wanted, got)
        return
    figures: dict[str, Any] = got if isinstance(got, dict) else {}
    for unit_id in dict.fromkeys((*wanted, *figures)):
        if not _same_number(wanted.get(unit_id, 0), figures.get(unit_id, 0)):
            yield _told(f"{path}.{unit_id}", wanted.get(unit_id), figures.get(unit_id))


def _same_number(wanted: Any, got: Any) -> bool:
    if wanted is None or got is None or isinstance(wanted, bool):
        return wanted is got
    try:
        return Fraction(str(wanted)) == Fraction(str(got))
    except (ValueError, ZeroDivisionError):
        return False


def _told(path: str, wanted: object, got: object) -> str:
    return f"{path}: {_shown(wanted)} expected, {_shown(got)} computed"


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
