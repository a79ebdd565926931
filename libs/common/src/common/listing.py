"""Lists: declared orders and filters, and pages that go on by keyset from a place in an order.

A cursor holds its order and the place as the database writes it, so every exact type goes there and back unchanged.
As in the database, nothing (null) stands last in an order and first in the reverse one.
"""

import base64
import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime
from sqlalchemy import ColumnElement, Row, Select, Text, and_, cast, literal, or_, tuple_
from sqlalchemy.types import NullType

from common.db import Tx
from common.errors import Forbidden, RuleBroken


def _sane(at: datetime) -> datetime:
    if not 1970 <= at.year < 2200:
        raise ValueError("Write an instant from 1970 up to 2200, as 2025-03-01T00:00:00Z")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_sane)]
Filters = Mapping[str, Callable[[Any], ColumnElement[bool]]]


@dataclass(frozen=True)
class Listing:
    """What may be asked of a list. The first of `sorts` is the usual order; `key` tells equal rows apart.

    A filter makes a condition of a value; the sorts and filters named in `hosts` are not for customers' people.
    """

    key: Sequence[ColumnElement[Any]]
    sorts: Mapping[str, ColumnElement[Any]]
    filters: Filters
    usual: str
    hosts: frozenset[str] = frozenset()

    def columns(self, sort: str) -> list[ColumnElement[Any]]:
        first = self.sorts[sort.removeprefix("-")]
        return [first, *(one for one in self.key if one is not first)]

    def narrowed(self, query: Select[Any], wanted: Mapping[str, Any]) -> Select[Any]:
        """The query for what is wanted alone; None does not narrow. What ends before it begins is refused."""
        given = {name: value for name, value in wanted.items() if value is not None}
        for name, start in given.items():
            end_name = name.replace("from", "to")
            if given.get(end_name, start) < start:
                raise RuleBroken(f"{given[end_name]} is before {start}.", field=end_name, remedy=f"{start} or later")
        return query.where(*(self.filters[name](value) for name, value in given.items()))


@dataclass
class Page:
    """At most `limit` entries in an order, from a place on; once they are read, `next` says where they end."""

    listing: Listing
    limit: int
    sort: str
    after: list[str | None] | None = None
    next: str | None = None

    async def read(self, tx: Tx, query: Select[Any], wanted: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """The rows of the query that are wanted and stand on this page."""
        columns, width = self.listing.columns(self.sort), len(query.selected_columns)
        query = self.listing.narrowed(query, wanted)
        if self.after is not None:
            query = query.where(_beyond(columns, self.after, is_down=self.sort[0] == "-"))
        place = [cast(one, Text).label(f"place_{at}") for at, one in enumerate(columns)]
        order = [one.desc() if self.sort[0] == "-" else one.asc() for one in columns]
        found = (await tx.execute(query.add_columns(*place).order_by(*order).limit(self.limit + 1))).freeze()
        if len(found.data) > self.limit:
            self.next = cursor(self.sort, found.data[self.limit - 1][width:])
        return found().columns(*range(width)).all()[: self.limit]


def _beyond(
    columns: Sequence[ColumnElement[Any]], place: Sequence[str | None], *, is_down: bool
) -> ColumnElement[bool]:
    first, texts = columns[0], [literal(text, Text) for text in place]
    pairs = zip(texts, columns, strict=True)
    given = [text if isinstance(one.type, NullType) else cast(text, one.type) for text, one in pairs]

    def further(at: int) -> ColumnElement[bool]:
        here, there = tuple_(*columns[at:]), tuple_(*given[at:])
        return here < there if is_down else here > there

    if place[0] is None:
        equal = and_(first.is_(None), further(1))
        return or_(equal, first.is_not(None)) if is_down else equal
    return or_(further(0), first.is_(None)) if getattr(first, "nullable", True) and not is_down else further(0)


def cursor(sort: str, place: Sequence[str | None]) -> str:
    text = "\0".join([sort, *("" if one is None else f"={one}" for one in place)]).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()[:4] + text).decode()


def place_of(after: str, sort: str, width: int) -> list[str | None]:
    with contextlib.suppress(ValueError):
        kept, *told = base64.urlsafe_b64decode(after)[4:].decode().split("\0")
        place = [one[1:] if one else None for one in told]
        if cursor(kept, place) == after and kept != sort:
            raise RuleBroken(f"This cursor is of sort={kept}, not of {sort}.", field="after", remedy=f"sort={kept}")
        if cursor(kept, place) == after and len(place) == width:
            return place
    raise RuleBroken("This cursor is not one of ours.", field="after", remedy="send `next` as it came")


def paged(listing: Listing) -> Any:
    """The dependency by which a route takes `limit`, `after` and `sort`: `page: Annotated[Page, paged(LISTING)]`."""
    choice: Any = Literal[tuple(f"{way}{name}" for name in listing.sorts for way in ("", "-"))]

    async def read(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=4000)] = None,
        sort: Annotated[choice, Query(description="`-`: the other way round.")] = listing.usual,
    ) -> Page:
        asked = listing.hosts & {sort.removeprefix("-"), *request.query_params}
        if asked and request.state.principal.customer_id is not None:
            raise Forbidden("This is for the host's people alone.", field=min(asked), remedy="leave it out")
        place = None if after is None else place_of(after, sort, len(listing.columns(sort)))
        return Page(listing, limit, sort, place)

    return Depends(read)


def page_of(items: Sequence[Mapping[str, Any]], page: Page, key: str | None = None) -> dict[str, Any]:
    """The answer of a list. Where `Page.read` did not read it: `limit + 1` entries, and the `key` of their places."""
    if key is not None and len(items) > page.limit:
        page.next = cursor(page.sort, [str(items[page.limit - 1][key])])
    return {"items": items[: page.limit], "next": page.next}
