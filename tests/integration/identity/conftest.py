"""The identity service on a database of its own."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from hostbook.engines.stack import Stack
from support.engines import Databases, DatabaseUrls
from support.identity_at import IdentityHere, migrate


@pytest.fixture(scope="session")
def identity_urls(databases: Databases) -> DatabaseUrls:
    return databases.migrated("identity", migrate)


@pytest.fixture(scope="session")
async def identity(postgres: Stack, identity_urls: DatabaseUrls) -> AsyncIterator[IdentityHere]:
    here = await IdentityHere.open(postgres, identity_urls)
    yield here
    await here.close()


@pytest.fixture
async def organization(identity: IdentityHere) -> str:
    """The id of a fresh organization in test mode, owned by the platform's administrator."""
    return str(UUID((await identity.open_organization())["id"]))
