"""`hostbook invite`, `invitation` and `member`, and the rescue from the machine itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pyotp
import pytest
from typer.testing import CliRunner

from common.errors import NotFound
from hostbook.books.members import known_members
from hostbook.cli import app
from identity.rescue import arguments, reset_factors_here
from support.identity_at import OUR_ORIGIN, PASSWORD, IdentityHere


async def test_a_team_is_run_at_the_command_line(
    gateway: str, identity: IdentityHere, organization: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CM-11, CM-26..28."""
    env = {"HOSTBOOK_URL": gateway, "HOSTBOOK_API_KEY": identity.key, "HOSTBOOK_ORGANIZATION": organization}

    async def run(*words: str, code: int = 0) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, app, words, env=env)
        assert done.exit_code == code, (words, done.output, done.exception)
        return done.output

    async def read(*words: str) -> Any:
        return json.loads(await run(*words, "--json"))

    first = await read("invite", "ann@alpha.example", "--role", "auditor")
    again = await read("invitation", "renew", "Ann@alpha.example")
    assert first["link"] != again["link"]
    assert "ann@alpha.example" in await run("invitation", "list")
    await run("invitation", "withdraw", "ann@alpha.example")
    assert await read("invitation", "list") == []
    assert "hostbook invitation list" in await run("invitation", "renew", "nobody@alpha.example", code=1)

    member = await identity.member(organization, "auditor")
    email = member["email"]
    (shown,) = await read("member", "list", "--search", email)
    assert shown["signed_in_at"] is not None
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert await asyncio.to_thread(known_members, email[:4]) == [email]
    await run("member", "sign-out", email)
    assert (await identity.door(member["cookie"]).call("GET", "/v1/me")).status_code == 401
    assert (await read("member", "role", email, "--to", "finance"))["role"] == "finance"
    await identity.letters("")
    for what, said in (("sign-in", "signs you in"), ("password", "new password")):
        await run("member", "send-link", email, "--for", what)
        assert said in (await identity.letters(email))[-1]
    await run("member", "remove", member["id"])
    assert await read("member", "list", "--search", email) == []


async def test_an_owner_who_lost_everything_is_helped_from_the_machine_alone(
    identity: IdentityHere, organization: str
) -> None:
    person = await identity.member(organization, "admin")
    door, page = identity.door(person["cookie"]), {"Origin": OUR_ORIGIN}
    secret = (await door.call("POST", "/v1/account/totp", {}, page)).json()["secret"]
    await door.call("POST", "/v1/account/totp/confirm", {"code": pyotp.TOTP(secret).now()}, page)
    before = (await identity.door(identity.key, organization).call("GET", f"/v1/members/{person['id']}")).json()
    pending = await identity.log_in(person["email"], PASSWORD, organization)
    assert pending.json() == {"second_factor": ["totp"]}
    still = (await identity.door(identity.key, organization).call("GET", f"/v1/members/{person['id']}")).json()
    assert still["signed_in_at"] == before["signed_in_at"], "half a sign-in is none"
    asked = arguments(["--email", person["email"], "--organization", organization])
    sealing = identity.app.state.access.sealing
    assert await reset_factors_here(identity.database, sealing, asked) is True
    assert await reset_factors_here(identity.database, sealing, asked) is False
    assert (await door.call("GET", "/v1/me")).status_code == 401
    assert "removed your second factors" in (await identity.letters(person["email"]))[-1]
    assert (await identity.log_in(person["email"], PASSWORD, organization)).status_code == 204
    with pytest.raises(NotFound):
        await reset_factors_here(identity.database, sealing, arguments(["--email", person["email"]]))
