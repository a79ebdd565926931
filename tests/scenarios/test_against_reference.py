"""The product bills generated months exactly as the slow reading of the rules does (issue 4, section 3).

`python -m support.reference.campaign --seeds A:B` compares thousands; here is a bounded part of them.
"""

from __future__ import annotations

import pytest

from support.reference.campaign import difference

BLOCKS, EACH = 10, 15


@pytest.mark.parametrize("block", range(BLOCKS))
def test_generated_months_are_billed_as_the_reference_bills_them(block: int) -> None:
    for seed in range(block * EACH, block * EACH + EACH):
        assert difference(seed) == [], f"seed {seed}"
