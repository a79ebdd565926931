"""The billing cases of this folder, run as `hostbook scenario` runs them."""

from pathlib import Path

import pytest

from hostbook.scenario.run import PASSED, judged

CASES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_is_billed_as_expected(path: Path) -> None:
    verdict = judged(path)
    assert verdict.code == PASSED, "\n".join(verdict.notes)


def test_the_cases_are_all_there() -> None:
    assert len(CASES) >= 50
