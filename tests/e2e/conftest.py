"""Whole stories take their time on a machine that has other work; what walks over all operations shares its callers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hostbook.engines.layout import ROOT
from hostbook.engines.stack import Stack
from support.callers import Here

HERE = Path(__file__).parent
SECONDS = 1200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The common OpenAPI document."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return found


@pytest_asyncio.fixture(scope="module")
async def undone(whole_stack: Stack) -> AsyncIterator[Here]:
    """Every service in process; nothing that it does stays."""
    here = Here(whole_stack, lasting=False)
    yield here
    await here.close()
