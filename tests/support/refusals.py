"""Every named refusal of a domain package, found by importing all of its modules."""

from __future__ import annotations

import importlib
import pkgutil
import re

from common.errors import RuleBroken


def refusals_of(package: str) -> list[type[RuleBroken]]:
    """The subclasses of `RuleBroken` that the package's domain defines, by name."""
    domain = importlib.import_module(f"{package}.domain")
    found: set[type[RuleBroken]] = set()
    for module in pkgutil.walk_packages(domain.__path__, f"{package}.domain."):
        loaded = importlib.import_module(module.name)
        for thing in vars(loaded).values():
            mine = isinstance(thing, type) and issubclass(thing, RuleBroken) and thing.__module__ == module.name
            if mine:
                found.add(thing)
    return sorted(found, key=lambda refusal: refusal.__name__)


def code_of(refusal: type[RuleBroken]) -> str:
    """The code that the name promises: `UnitAlreadyAssigned` -> `unit_already_assigned`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", refusal.__name__).lower()
