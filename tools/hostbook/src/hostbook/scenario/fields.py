"""Reading values out of JSON with their path, so that every refusal names its field and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from common.clock import instant_of
from common.errors import RuleBroken
from common.money import decimal_of
from hostbook.scenario.refusals import BadScenario

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1900, 2200)
_MISSING: Any = object()


class Literal(str):
    """A JSON number with a point or an exponent, as it was written."""

    __slots__ = ()


class Fields:
    """One JSON object: each field is taken once, and what is left over at the end is unknown."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise BadScenario(f"{kind_of(value)} stands here.", field=path or "file", remedy="an object in braces")
        self.path = path
        self._left: dict[str, object] = dict(value)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def raw(self, name: str, default: object = _MISSING) -> object:
        if name in self._left:
            return self._left.pop(name)
        if default is _MISSING:
            raise BadScenario("The field is missing.", field=self.at(name), remedy="give it")
        return default

    def take(self, name: str, read: Callable[[object, str], T], default: Any = _MISSING) -> T:
        """The field read by `read`; absent or null, the default where there is one."""
        value = self.raw(name, default)
        if value is default or (value is None and default is not _MISSING):
            return default  # type: ignore[no-any-return]
        return read(value, self.at(name))

    def maybe(self, name: str, read: Callable[[object, str], T]) -> T | None:
        """The field where it is given and not null."""
        value = self.raw(name, None)
        return None if value is None else read(value, self.at(name))

    def many(self, name: str, read: Callable[[object, str], T]) -> list[T]:
        """A list, each element read by `read`; absent, an empty one."""
        return self.take(name, lambda value, path: each(value, path, read), [])

    def done(self) -> None:
        """Refuses what was not taken."""
        for name in self._left:
            raise BadScenario("The field is not known.", field=self.at(name), remedy="leave it out, or mend its name")


def each(value: object, path: str, read: Callable[[object, str], T]) -> list[T]:
    if not isinstance(value, list):
        raise BadScenario(f"{kind_of(value)} stands here.", field=path, remedy="a list in brackets")
    return [read(element, f"{path}[{index}]") for index, element in enumerate(value)]


def row(value: object, path: str, size: int) -> list[object]:
    """A list of exactly so many values."""
    if not isinstance(value, list) or len(value) != size:
        raise BadScenario(f"{kind_of(value)} stands here.", field=path, remedy=f"a list of {size} values")
    return value


def text(value: object, path: str) -> str:
    if not isinstance(value, str) or isinstance(value, Literal) or not value:
        raise BadScenario(f"{kind_of(value)} stands here.", field=path, remedy="text in quotes")
    return value


def words(value: object, path: str) -> str:
    """Text that may be empty."""
    return "" if value == "" else text(value, path)


def truth(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise BadScenario(f"{kind_of(value)} stands here.", field=path, remedy="true or false")
    return value


def whole(value: object, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadScenario(f"{kind_of(value)} stands here.", field=path, remedy="a whole number")
    return value


def number(value: object, path: str) -> Decimal:
    """A plain decimal number, as text or as a JSON number; no exponent, NaN or infinity (rule 1.1)."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise BadScenario(f"{kind_of(value)} stands here.", field=path, remedy='a number, such as "0.0725"')
    try:
        return decimal_of(str(value), field=path)
    except RuleBroken as broken:
        raise BadScenario(broken.message, field=path, remedy="plain digits, such as 0.0725") from broken


def day(value: object, path: str) -> date:
    written = text(value, path)
    try:
        if not _DAY.fullmatch(written):
            raise ValueError
        result = date.fromisoformat(written)
    except ValueError:
        raise BadScenario(f"{written!r} is not a day.", field=path, remedy="such as 2025-01-31") from None
    return _in_years(result, result.year, path)


def instant(value: object, path: str) -> datetime:
    written = text(value, path)
    try:
        result = instant_of(written, field=path)
    except (RuleBroken, OverflowError) as broken:
        raise BadScenario(str(broken), field=path, remedy="such as 2025-01-31T00:00:00Z") from broken
    return _in_years(result, result.year, path)


def _in_years(value: T, year: int, path: str) -> T:
    if year not in _YEARS:
        raise BadScenario(f"The year {year} is out of range.", field=path, remedy=f"{_YEARS[0]} to {_YEARS[-1]}")
    return value


def one_of(choices: type[E]) -> Callable[[object, str], E]:
    """A reader of one of the enumeration's words."""

    def read(value: object, path: str) -> E:
        try:
            return choices(text(value, path))
        except ValueError:
            allowed = ", ".join(choice.value for choice in choices)
            raise BadScenario(f"{value!r} is not possible.", field=path, remedy=f"one of {allowed}") from None

    return read


def kind_of(value: object) -> str:
    """What stands where something else should, for the sentence of a refusal."""
    names = {dict: "An object", list: "A list", bool: "A truth value", int: "A number", type(None): "Nothing (null)"}
    shown = str(value)
    return names.get(type(value)) or (f"The number {shown[:40]}" if isinstance(value, Literal) else f"{shown[:40]!r}")
