"""The whole stack as one session's fixture: engines, fakes, eight services and the gateway."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hostbook.demo.api import Api
from hostbook.engines.stack import Stack
from support.engines import session_folder
from support.event_log import EventLog
from support.world import World


@pytest.fixture(scope="session")
def whole_stack() -> Iterator[Stack]:
    """Everything that `hostbook up` runs. HOSTBOOK_TEST_STATE names a folder whose stack is used and left running."""
    kept = os.environ.get("HOSTBOOK_TEST_STATE")
    if kept:
        stack = Stack(Path(kept))
        stack.up()
        yield stack
        return
    with session_folder() as folder, Stack(folder, durable=False) as stack:
        yield stack


@pytest.fixture(scope="session")
def platform(whole_stack: Stack) -> Iterator[Api]:
    """The platform's administrator."""
    with Api.of_platform(whole_stack) as api:
        yield api


@pytest.fixture(scope="session")
def event_log(whole_stack: Stack) -> Iterator[EventLog]:
    with EventLog(whole_stack.address("kafka")) as log:
        yield log


@pytest.fixture(scope="session")
def open_world(whole_stack: Stack, platform: Api, event_log: EventLog) -> Iterator[Callable[..., World]]:
    """Opens an organization in test mode of its own: `open_world(clock_at=..., due_days=...)`."""
    with ExitStack() as closing:

        def opened(**fields: Any) -> World:
            world = World(whole_stack, platform, event_log, **fields)
            closing.enter_context(world.api)
            return world

        yield opened
