"""Lists: declared orders and filters, and pages that go on by keyset from a place in an order.

A cursor holds its order, and the place as the database writes it: every exact type goes there and back unchanged.
As in the database, nothing (null) stands last in an order and first in the reverse one.
"""

import base64
import contextlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Select, Text, and_, cast, literal, or_, tuple_
from sqlalchemy.types import NullType

from common.db import Tx
from common.errors import Forbidden, RuleBroken

Filters = Mapping[str, Callable[[Any], ColumnElement[bool]]]
Columns = Sequence[ColumnElement[Any]]
Instant = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]


@dataclass(frozen=True)
class Listing:
    """What may be asked of a list: `key` tells rows apart that are equal in an order, a filter makes a condition of a
    value, `usual` is the order by default; the sorts and filters in `hosts` are not for customers' people."""

    key: Columns
    sorts: Mapping[str, ColumnElement[Any]]
    filters: Filters
    usual: str
    hosts: frozenset[str] = frozenset()

    def columns(self, sort: str) -> Columns:
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

    async def read(self, tx: Tx, query: Select[Any], wanted: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of the query that are wanted and stand on this page."""
        columns, width, is_down = self.listing.columns(self.sort), len(query.selected_columns), self.sort[0] == "-"
        query = self.listing.narrowed(query, wanted)
        if self.after is not None:
            query = query.where(_beyond(columns, self.after, is_down=is_down))
        order = [one.desc() if is_down else one.asc() for one in columns]
        query = query.add_columns(*(cast(one, Text).label(f"place_{at}") for at, one in enumerate(columns)))
        found = (await tx.execute(query.order_by(*order).limit(self.limit + 1))).freeze()
        if len(found.data) > self.limit:
            self.next = cursor(self.sort, found.data[self.limit - 1][width:])
        return list(found().columns(*range(width)).all()[: self.limit])


def _beyond(columns: Columns, place: Sequence[str | None], *, is_down: bool) -> ColumnElement[bool]:
    pairs = zip((literal(text, Text) for text in place), columns, strict=True)
    given = [text if isinstance(one.type, NullType) else cast(text, one.type) for text, one in pairs]
    than, first = (operator.lt if is_down else operator.gt), columns[0]
    if place[0] is None and len(columns) > 1:
        equal = and_(first.is_(None), than(tuple_(*columns[1:]), tuple_(*given[1:])))
        return or_(equal, first.is_not(None)) if is_down else equal
    beyond: ColumnElement[bool] = than(tuple_(*columns), tuple_(*given))
    return beyond if is_down or not getattr(first, "nullable", True) else or_(beyond, first.is_(None))


def cursor(sort: str, place: Sequence[str | None]) -> str:
    text = "\0".join([sort, *("" if one is None else f"={one}" for one in place)])
    return base64.urlsafe_b64encode(text.encode()).decode()


def place_of(after: str, sort: str, width: int) -> list[str | None]:
    """The place in a cursor, which must be of this order."""
    with contextlib.suppress(ValueError):
        of, *place = base64.urlsafe_b64decode(after).decode().split("\0")
        if of == sort and len(place) == width:
            return [one[1:] if one else None for one in place]
    remedy = "send `next` as it came, with the same `sort`"
    raise RuleBroken(f"This cursor is not of a list by sort={sort}.", field="after", remedy=remedy)


def paged(listing: Listing) -> Any:
    """The dependency by which a route takes `limit`, `after` and `sort`: `page: Annotated[Page, paged(LISTING)]`."""
    choice: Any = Literal[tuple(f"{way}{name}" for name in listing.sorts for way in ("", "-"))]

    async def read(
        request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=4000)] = None,
        sort: Annotated[choice, Query(description="`-`: the other way round.")] = listing.usual,
    ) -> Page:  # fmt: skip
        asked = listing.hosts & {sort.removeprefix("-"), *request.query_params}
        if asked and request.state.principal.customer_id is not None:
            raise Forbidden("This is for the host's people alone.", field=min(asked), remedy="leave it out")
        place = None if after is None else place_of(after, sort, len(listing.columns(sort)))
        return Page(listing, limit, sort, place)

    return Depends(read)


def page_of(items: Sequence[Mapping[str, Any]], page: Page, key: str = "") -> dict[str, Any]:
    """The answer of a list. What `Page.read` did not read: one entry too many says that `key` is the place to go on."""
    further = cursor(page.sort, [str(items[page.limit - 1][key])]) if key and len(items) > page.limit else page.next
    return {"items": items[: page.limit], "next": further}
