"""The first administrator, from the command line."""

import asyncio
import os
import sys

from hostbook.engines.stack import Stack
from support.engines import Databases
from support.identity_at import IdentityHere


async def command(stack: Stack, database_url: str, owner_url: str, *words: str, password: str) -> tuple[int, str, str]:
    environment = stack.service_environment("identity") | {
        "DATABASE_URL": database_url, "MIGRATE_DATABASE_URL": owner_url,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "identity.main", "bootstrap", *words, env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(password.encode())
    return process.returncode or 0, out.decode(), err.decode()


async def test_on_an_empty_database_it_makes_an_administrator_and_prints_a_key_once(
    postgres: Stack, databases: Databases
) -> None:
    urls = databases.new("identity")
    words = ("--email", "First@Alpha.example", "--api-key", "--password-stdin")
    for password in ("correct horse battery\n", "another horse battery\n"):
        code, out, err = await command(postgres, urls.app, urls.owner, *words, password=password)
        assert (code, err) == (0, "")
        assert out.startswith("hbk_live_")
        assert len(out.splitlines()) == 1
    here = await IdentityHere.open(postgres, urls)
    answer = await here.log_in("first@alpha.example", "another horse battery")
    assert answer.status_code == 204
    assert (await here.log_in("first@alpha.example", "correct horse battery")).status_code == 401
    assert (await here.door(out.strip()).call("GET", "/v1/me")).json()["role"] == "platform"
    await here.close()


async def test_a_weak_password_is_refused_with_a_sentence(identity: IdentityHere, postgres: Stack) -> None:
    urls = identity.urls
    words = ("--email", "second@alpha.example", "--password-stdin")
    code, out, err = await command(postgres, urls.app, urls.owner, *words, password="short\n")
    assert (code, out) == (1, "")
    assert err.startswith("A password of 5 characters is not taken.")
