"""Where in a site a machine stands: buildings, racks, PDUs and their outlets, each inside another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.errors import Conflict, RuleBroken
from contracts.domain.words import checked_words

LONGEST_NAME = 40
SEPARATOR = "/"


class PlaceNotInside(RuleBroken):
    """A rack in an outlet, an outlet in the yard: what cannot stand inside what."""

    code = "place_not_inside"


class PlaceOfAnotherSite(RuleBroken):
    """The place lies in another site than the machine, or than what it is to stand in."""

    code = "place_of_another_site"


class PlaceNameInvalid(RuleBroken):
    """A name that would read as a path."""

    code = "place_name_invalid"


class OutletTaken(Conflict):
    """An outlet feeds one machine."""

    code = "outlet_taken"


class PlaceKind(StrEnum):
    BUILDING = "building"
    RACK = "rack"
    PDU = "pdu"
    OUTLET = "outlet"


_INSIDE: dict[PlaceKind, frozenset[PlaceKind | None]] = {
    PlaceKind.BUILDING: frozenset({None}),
    PlaceKind.RACK: frozenset({None, PlaceKind.BUILDING}),
    PlaceKind.PDU: frozenset({None, PlaceKind.BUILDING, PlaceKind.RACK}),
    PlaceKind.OUTLET: frozenset({PlaceKind.PDU, PlaceKind.RACK}),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One place; `path` names it within its site: `Hall 1/R07/PDU-A/12`."""

    place_id: str
    site_id: str
    kind: PlaceKind
    name: str
    path: str
    parent_id: str | None = None


def placed(place_id: str, site_id: str, kind: PlaceKind, name: str, parent: Place | None) -> Place:
    """A new place inside another, or right in the site."""
    name = checked_words(name, field="name", longest=LONGEST_NAME)
    if SEPARATOR in name:
        raise PlaceNameInvalid(f"{name!r} reads as a path.", field="name", remedy=f"a name without {SEPARATOR}")
    around = None if parent is None else parent.kind
    if around not in _INSIDE[kind]:
        allowed = ", ".join(sorted("the site" if one is None else f"a {one.value}" for one in _INSIDE[kind]))
        where = "right in the site" if around is None else f"in a {around.value}"
        raise PlaceNotInside(f"There is no {kind.value} {where}.", field="parent_id", remedy=allowed)
    if parent is not None and parent.site_id != site_id:
        raise PlaceOfAnotherSite(
            f"{parent.path} lies in another site.", field="parent_id", remedy="a place of the same site"
        )
    path = name if parent is None else f"{parent.path}{SEPARATOR}{name}"
    return Place(place_id, site_id, kind, name, path, None if parent is None else parent.place_id)
