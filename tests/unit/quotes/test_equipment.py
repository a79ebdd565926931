"""Machines in the catalogue and on quotes (CB-92, CB-111 to CB-114)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from common.errors import RuleBroken
from quotes.domain.equipment import BadEquipment, CatalogueItem, Rating, from_catalogue
from support.offers import S21, usd

ITEM = CatalogueItem(uuid4(), "S21", "S21-200", usd("4150"), Rating(Decimal(200), Decimal(3500)), 12, usd("3600"))


@pytest.mark.parametrize(
    ("rating", "shown"),
    [
        (Rating(Decimal(200), Decimal(3500)), "17.5"),
        (Rating(Decimal(234), Decimal(3510)), "15"),
        (Rating(Decimal(110), Decimal(3250)), "29.545"),
        (Rating(Decimal(200), Decimal(3500), Decimal("18.25")), "18.25"),
        (Rating(None, Decimal(3500)), None),
        (Rating(Decimal(200), None), None),
    ],
)
def test_a_blank_efficiency_is_power_by_hashrate(rating: Rating, shown: str | None) -> None:
    assert rating.shown_efficiency_jth == (None if shown is None else Decimal(shown))


@pytest.mark.parametrize("number", [Decimal(0), Decimal(-1), Decimal(10**9)])
def test_ratings_are_above_zero(number: Decimal) -> None:
    with pytest.raises(BadEquipment):
        Rating(power_w=number)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", ""), ("name", "a\x00"), ("sku", " "), ("sku", "x" * 65), ("stock", -1)),
        *(("unit_price", usd("-1")), ("cost_basis", usd("-1"))),
    ],
)
def test_each_impossible_field_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(RuleBroken) as refused:
        replace(ITEM, **{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("quantity", [0, -1, 100_001])
def test_a_line_sells_one_machine_at_least(quantity: int) -> None:
    with pytest.raises(BadEquipment):
        replace(S21, quantity=quantity)


def test_a_line_is_a_copy_that_the_catalogue_no_longer_changes() -> None:
    line = from_catalogue(ITEM, 4, None)
    ITEM.changed(unit_price=usd("1"))
    assert (line.amount, line.cost_basis) == (usd("16600"), usd("3600"))


def test_a_price_given_replaces_the_listed_one() -> None:
    assert from_catalogue(ITEM, 2, usd("4000")).amount == usd("8000")


def test_an_archived_model_enters_no_new_quote() -> None:
    with pytest.raises(BadEquipment, match="archived"):
        from_catalogue(ITEM.changed(is_archived=True), 1, None)
