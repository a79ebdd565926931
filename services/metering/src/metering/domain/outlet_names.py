"""Whether the name that a PDU gives an outlet fits what was said of that outlet here.

Names differ in spelling and detail, and most devices come with names like "Outlet 7": only a name that was given by a
person and says something else is worth telling, since a cable may be in the wrong outlet.
"""

from __future__ import annotations

import re

_MAKERS = re.compile(r"(outlet|socket|receptacle|plug|port|out)[^a-z0-9]*[0-9]+", re.IGNORECASE)
_CODE = re.compile(r"[a-z]{0,2}[^a-z0-9]*[0-9]{0,2}|[0-9]*", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def names_another(told: str, *known: str | None) -> bool:
    """Whether an outlet's name speaks of something else than its outlet and unit here; unknown ones are left out."""
    names = [words for name in known if name and (words := _words(name))]
    if not names or _CODE.fullmatch(told.strip()) or _MAKERS.search(told):
        return False
    said = _words(told)
    return not any(_within(name, said) or _within(said, name) for name in names)


def _words(name: str) -> list[str]:
    return [word.casefold().lstrip("0") or "0" for word in _WORD.findall(name)]


def _within(few: list[str], many: list[str]) -> bool:
    """Whether some words stand in others, in one piece."""
    return any(many[first : first + len(few)] == few for first in range(len(many) - len(few) + 1))
