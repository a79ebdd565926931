"""Generated cases as the product bills them, each computed once however many properties look at it."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import strategies as st

from hostbook.scenario.reading import case_of
from hostbook.scenario.world import World, computed
from support.generator.compose import scenario

SEEDS = st.integers(0, 59)
"""Few enough that the properties share their worlds; `support.reference.campaign` looks at thousands."""


@lru_cache(maxsize=64)
def world(seed: int) -> World:
    """The case of a seed after its steps; nobody changes it."""
    return computed(case_of(scenario(seed)))
