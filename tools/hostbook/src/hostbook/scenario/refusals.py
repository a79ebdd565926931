"""What makes a scenario file unreadable: each names the field and what would be right (exit code 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from common.errors import RuleBroken


class BadScenario(RuleBroken):
    """A field of a scenario file that no billing case can have."""

    code = "bad_scenario"


def told(broken: RuleBroken) -> str:
    """One line for a person: field, sentence, remedy."""
    field = f"{broken.field}: " if broken.field else ""
    remedy = f" Right would be: {broken.remedy}." if broken.remedy else ""
    return f"{field}{broken.message}{remedy}"


@contextmanager
def under(path: str) -> Iterator[None]:
    """Refusals of the domain named by where their value stands in the file."""
    try:
        yield
    except RuleBroken as broken:
        if isinstance(broken, BadScenario):
            raise
        field = ".".join(part for part in (path, broken.field) if part)
        raise BadScenario(broken.message, field=field, remedy=broken.remedy) from broken
