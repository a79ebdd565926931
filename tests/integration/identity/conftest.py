"""The identity service on a database of its own."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hostbook.engines.stack import Stack
from support.engines import Databases, DatabaseUrls
from support.identity_at import IdentityHere, migrate
from support.webhook_house import sending


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


@pytest_asyncio.fixture(scope="module")
async def gateway(identity: IdentityHere) -> AsyncIterator[str]:
    """An address at which `hostbook` finds the service behind a door as the gateway's."""

    async def pass_on(request: Request) -> Response:
        key = request.headers["authorization"].partition(" ")[2]
        door = identity.door(key, request.headers.get("x-hostbook-organization"))
        content = await request.body()
        kept = {name: request.headers[name] for name in ("idempotency-key", "if-match") if name in request.headers}
        place = f"{request.url.path}?{request.url.query}".rstrip("?")
        asked = door.straight if place.startswith("/v1/auth/") else door.call
        answer = await asked(request.method, place, json.loads(content) if content else None, kept)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    routed = Starlette(routes=[Route("/{path:path}", pass_on, methods=["GET", "POST", "PATCH", "DELETE"])])
    server = uvicorn.Server(uvicorn.Config(routed, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with sending(identity):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving
