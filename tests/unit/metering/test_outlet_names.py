"""A PDU's own name of an outlet is told only where it speaks of something else than what is known here (CB-45)."""

import pytest

from metering.domain.outlet_names import names_another


@pytest.mark.parametrize(
    ("told", "outlet", "unit"),
    [
        ("Outlet 7", "A/7", "M07"),
        ("7", "A/9", "M07"),
        ("", "A/7", "M07"),
        ("AA12", "A/7", "M07"),
        ("TowerA_Outlet3", "A/7", "M07"),
        ("a-7", "A/7", None),
        ("Rack 4 m07", "A/7", "M07"),
        ("S21-0007", "A/7", "Row 3 S21-7"),
        ("Rack 4 M08", None, None),
    ],
)
def test_makers_names_and_the_same_in_other_words_are_fine(told: str, outlet: str | None, unit: str | None) -> None:
    assert not names_another(told, outlet, unit)


@pytest.mark.parametrize(
    ("told", "outlet", "unit"),
    [("Rack 4 M08", "A/7", "M07"), ("S21-0071", "A/7", "S21-0007"), ("switch", "A/7", None), ("M070", "A/7", "M07")],
)
def test_a_name_of_something_else_is_told(told: str, outlet: str, unit: str | None) -> None:
    assert names_another(told, outlet, unit)
