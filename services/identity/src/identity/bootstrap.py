"""`identity bootstrap`: make the platform's first administrator, from the machine itself."""

from __future__ import annotations

import argparse
import secrets
import sys

from common.db import Database, Tenant
from identity.domain.api_keys import SECRET_BYTES, new_key
from identity.domain.host import PLATFORM, Mode
from identity.domain.texts import checked_email
from identity.gateways.password_hashing import PasswordHashing
from identity.use_cases.bootstrap_platform import bootstrap_platform, give_platform_key


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("identity bootstrap", description="Make the platform's first administrator.")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password-stdin", action="store_true", help="read a password from standard input")
    parser.add_argument("--api-key", action="store_true", help="make an API key and print it, this once")
    return parser.parse_args(words)


async def bootstrap(
    database: Database, passwords: PasswordHashing, asked: argparse.Namespace, password: str | None
) -> str | None:
    """Safe to repeat; each time with `--api-key` there is another key. Answers the key, where one was made."""
    email, hashed, secret = checked_email(asked.email), None, None
    if password is not None:
        hashed = await passwords.hash(passwords.checked(password, email))
    async with database.transaction(Tenant(PLATFORM)) as tx:
        member = await bootstrap_platform(tx, email, hashed)
        if asked.api_key:
            secret = new_key(Mode.LIVE, secrets.token_bytes(SECRET_BYTES))
            await give_platform_key(tx, member, secret)
    return secret


def password_of(asked: argparse.Namespace) -> str | None:
    return sys.stdin.readline().rstrip("\n") if asked.password_stdin else None
