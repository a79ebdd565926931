"""The gateway's public API, as a program uses it: an API key, a key per POST, problems as exceptions."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx

from hostbook.engines.errors import EngineTrouble, NothingListens
from hostbook.engines.stack import Stack

_NONE_S = 4


class ApiRefused(Exception):
    """The API said no; the problem's own words."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        try:
            self.problem: dict[str, Any] = response.json()
        except ValueError:
            self.problem = {"detail": response.text[:500]}
        asked = f"{response.request.method} {response.request.url.path}"
        super().__init__(f"{asked} -> {self.status}: {self.problem.get('detail')} {self.problem.get('errors', '')}")


class Api:
    """Calls through the gateway; `organization` is sent along once it is set.

    A call that finds a part of the system away is repeated, with its key, for `patience_s`; one that never found a
    gateway there gives up soon (`NothingListens`).
    """

    def __init__(self, url: str, key: str, *, patience_s: float = 60) -> None:
        self.url, self.key, self._patience_s, self._was_there = url, key, patience_s, False
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    @classmethod
    def of_platform(cls, stack: Stack) -> Api:
        """As the platform's administrator, made by identity's bootstrap command."""
        if not _listens(stack.port("gateway")):
            raise NothingListens(stack.url("gateway"))
        environment = stack.service_environment("identity")
        words = [
            sys.executable,
            "-m",
            "identity.main",
            "bootstrap",
            "--email",
            "operator@hostbook.example",
            "--api-key",
        ]
        made = subprocess.run(words, env={**environment}, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            why = (made.stderr.strip().splitlines() or ["without a word"])[-1]
            raise EngineTrouble(f"identity's bootstrap failed: {why[:500]}", "hostbook status; hostbook logs identity")
        return cls(stack.url("gateway"), made.stdout.strip().splitlines()[-1])

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def of_organization(self, organization: str) -> None:
        """Name the organization that all further calls are about."""
        self._client.headers["X-Hostbook-Organization"] = organization

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The answer's JSON; a service that is away is asked again for a while, a refusal is raised."""
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        headers |= options.pop("headers", {})
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                response = self._client.request(method, path, json=body, headers=headers, **options)
            except httpx.TransportError as error:
                is_none = isinstance(error, httpx.ConnectError) and not self._was_there
                if is_none and time.monotonic() > deadline - self._patience_s + _NONE_S:
                    raise NothingListens(self.url) from error
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
                continue
            self._was_there = True
            if _is_away(response) and time.monotonic() < deadline:
                time.sleep(0.3)
                continue
            if response.is_error:
                raise ApiRefused(response)
            return response.json() if response.content else None

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, params={k: v for k, v in query.items() if v is not None})

    def download(self, path: str) -> bytes:
        """A document's bytes."""
        response = self._client.get(path)
        if response.is_error:
            raise ApiRefused(response)
        return response.content

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body)

    def change(self, method: str, path: str, version: int, body: Any) -> Any:
        """PUT or PATCH what was read in a version."""
        return self.call(method, path, body, headers={"If-Match": f'"{version}"'})

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every entry of a list, page by page."""
        after = None
        while True:
            page = self.get(path, after=after, limit=200, **query)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def patiently(self, call: Callable[[], Any], *statuses: int, timeout_s: float = 60) -> Any:
        """The call, repeated while it is refused with one of these statuses: a fact is still on its way."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return call()
            except ApiRefused as refused:
                if refused.status not in statuses or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def _is_away(response: httpx.Response) -> bool:
    """A service, or identity, does not answer now: the gateway says 503.

    While the gateway itself starts it has no routes yet and answers 404 in plain text; ours are problem+json.
    """
    if response.status_code in (429, 502, 503, 504):
        return True
    return response.status_code == 404 and response.headers.get("content-type", "").startswith("text/plain")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
