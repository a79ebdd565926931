"""The slow reading of the rules gives what every worked case expects, so that agreeing with it means something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.reference.compare import differences
from support.reference.reckon import reckon

CASES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_reference_gives_what_the_worked_case_expects(path: Path) -> None:
    case = json.loads(path.read_text())
    assert differences(case["expect"], reckon(case)) == []
