"""Requests nobody would think of, at every operation, in process: no answer is 5xx (issue 6, section 5).

Made by schemathesis from the common document, the same ones each time. HOSTBOOK_FUZZ=full makes many more.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok

from common.auth import Principal
from hostbook.engines.stack import Stack
from identity.domain.roles import PERMISSIONS
from support.callers import Here
from support.furnished import House

EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
TIMES = 20 if os.environ.get("HOSTBOOK_FUZZ") == "full" else 1
# Some answers are 503 here by rights: what they call outside is not part of this process.
OUTSIDE = 503


class Fuzz:
    """The services of a furnished host; a known thing's id stands in every second path."""

    def __init__(self, here: Here, house: House, runner: asyncio.Runner) -> None:
        self._here, self._runner, self._ids = here, runner, house.known("alpha")
        self._caller = Principal(f"user:{house.ids['member_id']}", UUID(house.world.id), PERMISSIONS)
        self.told: Counter[str] = Counter()

    def send(self, case: Any, service: str) -> httpx.Response:
        names = case.path_parameters or {}
        if self.told.total() % 2 and names.keys() <= self._ids.keys():
            names = {name: self._ids[name] for name in names}
        path = case.path
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", str(value))
        said: dict[str, Any] = {"params": _flat(case.query), "headers": _sendable(case.headers)}
        if case.body is not NOT_SET:
            said["content"] = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
            said["headers"]["Content-Type"] = case.media_type or "application/json"
        answer = self._runner.run(self._here.send(self._caller, service, case.method, path, **said))
        self.told[f"{answer.status_code // 100}xx" if answer.status_code != OUTSIDE else "503"] += 1
        return answer


def _flat(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {k: v if isinstance(v, str | int) else json.dumps(v) for k, v in (query or {}).items()}


def _sendable(headers: Mapping[str, Any] | None) -> dict[str, str]:
    """What HTTP can carry of the headers."""
    found = {k: str(v) for k, v in (headers or {}).items()}
    return {k: v for k, v in found.items() if k.isascii() and v.isascii() and v.isprintable() and "-" in k}


@pytest.fixture
def fuzz(whole_stack: Stack, houses: tuple[House, House]) -> Iterator[Fuzz]:
    with asyncio.Runner() as runner:
        here = Here(whole_stack, lasting=False)
        yield Fuzz(here, houses[0], runner)
        runner.run(here.close())


@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
def test_no_request_breaks_an_operation(fuzz: Fuzz, document: dict[str, Any]) -> None:
    broken = []
    count = 0
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        said = document["paths"][operation.path][operation.method]
        if operation.path == "/v1/changes":  # a stream that does not end
            continue
        count += 1
        for mode, most in EXAMPLES.items():

            @settings(
                max_examples=most * TIMES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def one(case: Any) -> None:
                answer = fuzz.send(case, said["x-service"])  # noqa: B023 - called at once, below
                if answer.status_code >= 500 and answer.status_code != OUTSIDE:
                    broken.append(f"{case.method} {answer.request.url} {case.body!r:.300}: {answer.text}")

            try:
                one()
            except Unsatisfiable:  # nothing can be wrong with a request that holds nothing
                assert mode is GenerationMode.NEGATIVE
    print(f"{count} operations, {fuzz.told.total()} requests: {dict(sorted(fuzz.told.items()))}")
    assert broken == [], "\n".join(broken)
