"""Whom the commands speak to: HOSTBOOK_URL, HOSTBOOK_API_KEY and, for keys of several hosts, HOSTBOOK_ORGANIZATION."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from hostbook.demo.api import Api, ApiRefused
from hostbook.engines.errors import EngineTrouble

URL, KEY, ORGANIZATION = "HOSTBOOK_URL", "HOSTBOOK_API_KEY", "HOSTBOOK_ORGANIZATION"


@contextmanager
def books() -> Iterator[Api]:
    """The API, signed in; what it refuses is told to the person at the keyboard, with the remedy."""
    settings = {name: os.environ.get(name, "") for name in (URL, KEY)}
    for name, value in settings.items():
        if not value:
            example = "https://books.example.com" if name == URL else "a key of POST /v1/api-keys"
            raise EngineTrouble(f"{name} is not set.", f"export {name}={example}")
    with Api(settings[URL], settings[KEY], patience_s=20) as api:
        organization = os.environ.get(ORGANIZATION)
        if organization:
            api.of_organization(organization)
        try:
            yield api
        except ApiRefused as refused:
            raise EngineTrouble(*_words(refused)) from refused
        except httpx.TransportError as error:
            raise EngineTrouble(f"{settings[URL]} does not answer.", f"is {URL} right? ({error})") from error


def _words(refused: ApiRefused) -> tuple[str, str]:
    problem = refused.problem
    lines = []
    for one in problem.get("errors", []):
        said = [one.get("field"), one.get("remedy") or one.get("message")]
        lines.append(": ".join(part for part in said if part))
    return str(problem.get("detail") or refused), "\n  ".join(lines) or f"code {problem.get('code', refused.status)}"
