"""A migrated database, Kafka, and a line between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from common import migrations
from common.db import Database
from customers.store.tables import metadata
from support.engines import Databases, DatabaseUrls
from support.line import Line


def migrate(urls: DatabaseUrls) -> None:
    role = urls.app.split("//")[1].split(":")[0]
    asyncio.run(migrations.upgrade(urls.owner, "customers", metadata, role))


@pytest.fixture(scope="module")
def urls(databases: Databases) -> DatabaseUrls:
    return databases.migrated("customers", migrate)


@pytest_asyncio.fixture(scope="module")
async def database(urls: DatabaseUrls) -> AsyncIterator[Database]:
    opened = Database(urls.app)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def line(database: Database, kafka: str) -> Line:
    return await Line(database, kafka).opened()
