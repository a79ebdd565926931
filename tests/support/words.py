"""The words of a domain package's enumerations: they travel in events, APIs and databases."""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum


def words_of(package: str, *modules: str) -> dict[str, list[str]]:
    """By enumeration the values whose word is not simply the member's name in small letters."""
    domain = importlib.import_module(f"{package}.domain")
    wanted = modules or tuple(module.name for module in pkgutil.iter_modules(domain.__path__))
    odd: dict[str, list[str]] = {}
    for name in wanted:
        loaded = importlib.import_module(f"{package}.domain.{name}")
        for thing in vars(loaded).values():
            if isinstance(thing, type) and issubclass(thing, StrEnum) and thing.__module__ == loaded.__name__:
                different = [member.value for member in thing if member.value != member.name.lower()]
                if different:
                    odd[thing.__name__] = different
    return odd
