"""What explain prints is enough to compute every amount again, by a reader with paper and pencil (issue 4, Explain).

The trees are read as text: nothing here knows how a line was made. Lines that a case cannot have, those of extras, are
read in `tests/unit/invoicing/test_worked_cases_of_extras.py`.
"""

from fractions import Fraction

import pytest
from hypothesis import given, settings

from common.money import minor_unit
from hostbook.scenario.books import Posted
from hostbook.scenario.telling import node_of
from hostbook.scenario.world import World
from invoicing.domain.explain import Node
from invoicing.domain.lines import Line, LineKind, LineMethod
from support.explained import again, energies, texts
from support.generated import SEEDS, world

EVERY_KIND = {
    LineKind.ENERGY,
    LineKind.FAILOVER,
    LineKind.FIXED,
    LineKind.CONNECTOR_FEE,
    LineKind.OVERAGE,
    LineKind.SERVICE,
    LineKind.ADJUSTMENT,
    LineKind.LATE_FEE,
    LineKind.PREPAYMENT,
}


def trees(world: World) -> list[tuple[Posted, Line, Node]]:
    return [(p, line, node_of(world, p, line)) for p in world.books.posted for line in p.invoice.lines]


@settings(max_examples=30)
@given(seed=SEEDS)
def test_every_printed_amount_is_computed_again_from_the_printed_figures(seed: int) -> None:
    for posted, line, tree in trees(world(seed)):
        assert again(tree, minor_unit(posted.invoice.head.currency)) == line.amount


@settings(max_examples=30)
@given(seed=SEEDS)
def test_the_spans_below_a_line_give_its_quantity(seed: int) -> None:
    for _, line, tree in trees(world(seed)):
        by_spans = line.kind is LineKind.ENERGY and line.method is not LineMethod.SPEC
        if by_spans or line.method is LineMethod.FIXED_RATE:
            exact = energies(tree)
            assert set(exact) == {unit_id for unit_id, _ in line.units}
            assert abs(sum(exact.values(), Fraction(0)) - Fraction(line.kwh or 0)) <= Fraction(1, 2000)
            for unit_id, kwh in line.units:
                assert abs(exact[unit_id] - Fraction(kwh)) < Fraction(1, 1000)


@settings(max_examples=30)
@given(seed=SEEDS)
def test_measured_energy_leads_down_to_a_first_and_a_last_read(seed: int) -> None:
    for _, line, tree in trees(world(seed)):
        if line.kind is LineKind.ENERGY and line.method is LineMethod.METERED:
            for unit in (child for child in tree.children if child.text.startswith("unit ")):
                assert all(any(t.startswith("channel ") and " from " in t for t in texts(s)) for s in unit.children)


def test_a_correction_goes_on_to_the_lines_that_were_computed_again() -> None:
    found = [(line, tree) for seed in range(60) for p, line, tree in trees(world(seed)) if p.batch is None]
    corrections = [tree for line, tree in found if line.kind is LineKind.ADJUSTMENT]
    assert corrections
    assert any("channel " in text for tree in corrections for text in texts(tree))


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_generated_cases_have_lines_of_every_kind(kind: LineKind) -> None:
    assert any(
        line.kind is kind for seed in range(60) for posted in world(seed).books.posted for line in posted.invoice.lines
    )
