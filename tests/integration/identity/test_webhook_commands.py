"""`hostbook webhook`, against the service behind a door as the gateway's, with somebody who listens."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from typer.testing import CliRunner

from hostbook.cli import app
from support.identity_at import IdentityHere
from support.webhook_house import WebhookHouse
from support.webhook_receiver import WebhookReceiver


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
