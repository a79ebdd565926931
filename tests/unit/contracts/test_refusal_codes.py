"""Programs rely on the codes of refusals: each is its name, once, and says what kind of refusal it is."""

from __future__ import annotations

import pytest

from common.errors import RuleBroken
from support.refusals import code_of, refusals_of

REFUSALS = refusals_of("contracts")


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_is_coded_by_its_name_and_is_the_callers_fault(refusal: type[RuleBroken]) -> None:
    assert refusal.code == code_of(refusal)
    assert refusal.status in (409, 422)


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in REFUSALS]
    assert len(set(codes)) == len(codes)
