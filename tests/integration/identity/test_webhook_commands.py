"""`hostbook webhook`, against the service behind a door as the gateway's, with somebody who listens."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from hostbook.cli import app
from support.identity_at import IdentityHere
from support.webhook_house import WebhookHouse, sending
from support.webhook_receiver import WebhookReceiver


@pytest_asyncio.fixture(scope="module")
async def gateway(identity: IdentityHere) -> AsyncIterator[str]:
    async def pass_on(request: Request) -> Response:
        key = request.headers["authorization"].partition(" ")[2]
        door = identity.door(key, request.headers.get("x-hostbook-organization"))
        content = await request.body()
        kept = {name: request.headers[name] for name in ("idempotency-key", "if-match") if name in request.headers}
        place = f"{request.url.path}?{request.url.query}".rstrip("?")
        answer = await door.call(request.method, place, json.loads(content) if content else None, kept)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    routed = Starlette(routes=[Route("/{path:path}", pass_on, methods=["GET", "POST", "PATCH"])])
    server = uvicorn.Server(uvicorn.Config(routed, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with sending(identity):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_a_developers_work_with_webhooks_at_the_command_line(gateway: str, identity: IdentityHere) -> None:
    house = await WebhookHouse.open(identity)
    made = await house.door.call("POST", "/v1/api-keys", {"name": "cli", "role": "developer"})
    env = {"HOSTBOOK_URL": gateway, "HOSTBOOK_API_KEY": made.json()["key"], "HOSTBOOK_ORGANIZATION": ""}

    async def run(*words: str, code: int = 0) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, app, ("webhook", *words), env=env)
        assert done.exit_code == code, (words, done.output, done.exception)
        return done.output

    async def read(*words: str) -> Any:
        return json.loads(await run(*words, "--json"))

    async with WebhookReceiver(answers=[410]) as receiver:
        hook = await read("add", receiver.url, "--type", "invoice.*", "--description", "Ledger")
        receiver.secrets = [hook["secret"]]
        assert "Ledger" in await run("list")
        (sent,) = await read("test", "127.0.0.1", "--type", "invoice.settled")
        await house.settled()
        assert "off (gone)" in await run("list")
        assert "It answered 410." in await run("deliveries", hook["id"], "--state", "failed")
        assert "PATCH it with is_enabled" in await run("test", hook["id"], code=1)
        assert "well" in await run("enable", hook["id"])
        assert [one["id"] for one in await read("replay", hook["id"], "--failed")] == [sent["id"]]
        await receiver.until(2)
        await house.settled()
        assert [one["state"] for one in await read("deliveries", "hooks?key=1")] == ["delivered"]
    assert "There is no webhook 'nowhere'" in await run("test", "nowhere", code=1)
    assert "Which deliveries?" in await run("replay", hook["id"], code=1)
