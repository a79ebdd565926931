"""Every service's database as it is migrated: row-level security FORCEd everywhere, an unprivileged role, no drift."""

from __future__ import annotations

import asyncio
import importlib
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError

from common import migrations
from common.db import Database, Tenant
from hostbook.engines.part import SERVICES
from support.engines import Databases, DatabaseUrls

UNFORCED = """
    select relname from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition
      and not (relrowsecurity and relforcerowsecurity) and relname <> 'alembic_version'
"""
UNGUARDED = """
    select relname from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition and relname <> 'alembic_version'
      and not exists (select from pg_policy where polrelid = c.oid and polname = 'tenant')
"""


def metadata_of(name: str) -> MetaData:
    found = importlib.import_module(f"{name}.main").service.metadata
    assert isinstance(found, MetaData)
    return found


@pytest.fixture(scope="module", params=SERVICES)
def migrated(request: pytest.FixtureRequest, databases: Databases) -> tuple[str, DatabaseUrls]:
    name: str = request.param
    urls = databases.new(name)
    asyncio.run(migrations.upgrade(urls.owner, name, metadata_of(name), f"{name}_app"))
    return name, urls


async def test_every_table_is_under_forced_row_level_security(migrated: tuple[str, DatabaseUrls]) -> None:
    name, urls = migrated
    open_tables = {t.name for t in metadata_of(name).tables.values() if t.info.get("open")}
    connection = await asyncpg.connect(urls.superuser)
    try:
        assert {r[0] for r in await connection.fetch(UNFORCED)} <= open_tables
        assert {r[0] for r in await connection.fetch(UNGUARDED)} <= open_tables
        role = await connection.fetchrow("select * from pg_roles where rolname = $1", f"{name}_app")
        assert role is not None
        assert [role[word] for word in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb")] == [False] * 4
        owned = "select count(*) from pg_class where relowner = $1::text::regrole"
        assert await connection.fetchval(owned, f"{name}_app") == 0
    finally:
        await connection.close()


async def test_without_a_tenant_the_services_role_sees_nothing(migrated: tuple[str, DatabaseUrls]) -> None:
    name, urls = migrated
    connection = await asyncpg.connect(urls.app)
    try:
        for table in metadata_of(name).sorted_tables:
            if not table.info.get("partition"):
                assert await connection.fetchval(f'select count(*) from "{table.name}"') == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create table mine (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("alter table outbox no force row level security")
    finally:
        await connection.close()


async def test_the_migrations_make_what_the_tables_declare(migrated: tuple[str, DatabaseUrls]) -> None:
    name, urls = migrated
    assert await migrations.drift(urls.owner, metadata_of(name)) == []


async def test_upgrading_again_and_at_once_changes_nothing(migrated: tuple[str, DatabaseUrls]) -> None:
    name, urls = migrated
    again = (migrations.upgrade(urls.owner, name, metadata_of(name), f"{name}_app") for _ in range(2))
    await asyncio.gather(*again)
    assert await migrations.drift(urls.owner, metadata_of(name)) == []


async def test_what_is_append_only_takes_no_change(migrated: tuple[str, DatabaseUrls]) -> None:
    name, urls = migrated
    connection = await asyncpg.connect(urls.app)
    try:
        for table in metadata_of(name).sorted_tables:
            if table.info.get("append_only"):
                row = f'"{table.name}"'
                for change in (f"update {row} set organization_id = organization_id", f"delete from {row}"):
                    with pytest.raises(asyncpg.PostgresError):
                        await connection.execute(change)
    finally:
        await connection.close()


async def test_a_read_only_session_cannot_write(databases: Databases) -> None:
    urls = databases.new("customers")
    await migrations.upgrade(urls.owner, "customers", metadata_of("customers"), "customers_app")
    database, organization_id = Database(urls.app), uuid4()
    write = text("insert into inbox (consumer, event_id, organization_id) values ('c', :id, :organization)")
    row = {"id": uuid4(), "organization": organization_id}
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.transaction(Tenant(organization_id, read_only=True)) as tx:
            await tx.execute(write, row)
    async with database.of(organization_id) as tx:
        await tx.execute(write, row)
    async with database.of(uuid4()) as tx:
        assert (await tx.execute(text("select count(*) from inbox"))).scalar() == 0
    await database.close()
