"""Whole stories take their time on a machine that has other work."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 1200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(SECONDS))
