"""Lists page by page against a real database: every row once and in order, whatever is equal, absent or new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, DateTime, MetaData, Numeric, String, Table, Uuid, func, insert, select

from common.db import Database, Tx, new_id
from common.errors import RuleBroken
from common.listing import Listing, Page, place_of
from support.engines import Databases

THINGS = Table(
    "listed_things",
    MetaData(),
    Column("id", Uuid, nullable=False),
    Column("name", String),
    Column("amount", Numeric(38, 18)),
    Column("day", Date),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("is_on", Boolean, nullable=False),
)
T = THINGS.c
LISTING = Listing(
    key=[T.id],
    sorts={name: T[name] for name in ("id", "name", "amount", "day", "at", "is_on")} | {"small": func.lower(T.name)},
    filters={"name": T.name.in_, "at_from": T.at.__ge__, "at_to": T.at.__lt__},
    usual="id",
)
NOTHING: dict[str, Any] = {"name": None, "at_from": None, "at_to": None}
START = datetime(2025, 3, 1, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "", "a", "A", "ß=\x1f,", "né"]),
        st.sampled_from([None, Decimal("1"), Decimal("1.000000000000000001"), Decimal("-3.5")]),
        st.sampled_from([None, date(2025, 3, 1), date(1, 1, 1)]),
        st.sampled_from([START, START + timedelta(microseconds=1)]),
        st.booleans(),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def address(databases: Databases) -> str:
    """A database with the table."""
    urls = databases.new("customers")
    asyncio.run(_prepare(urls.owner))
    return urls.app


async def _prepare(url: str) -> None:
    owner = await asyncpg.connect(url)
    await owner.execute(
        "create table listed_things (id uuid primary key, name text, amount numeric(38, 18), day date,"
        " at timestamptz not null, is_on boolean not null)"
    )
    await owner.execute("grant all on listed_things to public")
    await owner.close()


@pytest_asyncio.fixture(loop_scope="session")
async def database(address: str) -> AsyncIterator[Database]:
    opened = Database(address)
    yield opened
    await opened.close()


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    return {"id": new_id(), **dict(zip(("name", "amount", "day", "at", "is_on"), values, strict=True))}


async def walked(tx: Tx, sort: str, limit: int, late: list[dict[str, Any]]) -> list[UUID]:
    """The ids page by page; another row comes in between."""
    seen, after = list[UUID](), None
    while True:
        page = Page(LISTING, limit, sort, after)
        seen += [row.id for row in await page.read(tx, select(THINGS), NOTHING)]
        if page.next is None:
            return seen
        after = place_of(page.next, sort, len(LISTING.columns(sort)))
        if late:
            await tx.execute(insert(THINGS), [late.pop()])


@pytest.mark.parametrize("name", LISTING.sorts)
@pytest.mark.parametrize("way", ["", "-"])
def test_pages_show_every_row_once_and_in_the_databases_own_order(address: str, name: str, way: str) -> None:
    """In a loop of its own: what else a shared loop does between the draws would disturb hypothesis."""
    with asyncio.Runner() as runner:
        database = Database(address)

        @settings(max_examples=12, deadline=None)
        @given(rows=ROWS, late=ROWS, limit=st.integers(1, 5))
        def holds(rows: list[Any], late: list[Any], limit: int) -> None:
            runner.run(compare(rows, late, limit))

        async def compare(rows: list[Any], late: list[Any], limit: int) -> None:
            made, later = [_row(one) for one in rows], [_row(one) for one in late]
            async with database.engine.connect() as tx:
                if made:
                    await tx.execute(insert(THINGS), made)
                seen = await walked(tx, way + name, limit, later)
                column, down = LISTING.sorts[name], way == "-"
                order = (column.desc(), T.id.desc()) if down else (column.asc(), T.id.asc())
                everything = list((await tx.execute(select(T.id).order_by(*order))).scalars())
            assert len(set(seen)) == len(seen)
            assert {one["id"] for one in made} <= set(seen)
            assert seen == [one for one in everything if one in set(seen)]

        holds()
        runner.run(database.close())


async def test_a_list_is_narrowed_and_a_span_that_ends_before_it_begins_is_refused(database: Database) -> None:
    rows = [_row(("a", None, None, START, True)), _row(("b", None, None, START + timedelta(days=1), True))]
    async with database.engine.connect() as tx:
        await tx.execute(insert(THINGS), rows)
        page = Page(LISTING, 10, "id")
        found = await page.read(
            tx, select(THINGS), NOTHING | {"name": ["a", "b"], "at_from": START + timedelta(hours=1)}
        )
        assert ([row.id for row in found], page.next) == ([rows[1]["id"]], None)
        with pytest.raises(RuleBroken) as refused:
            await page.read(tx, select(THINGS), NOTHING | {"at_from": START, "at_to": START - timedelta(days=1)})
        assert refused.value.field == "at_to"
