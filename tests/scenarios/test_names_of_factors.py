"""The words with which lines explain their amounts, over worked and generated cases: each factor with its unit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hostbook.scenario.reading import case_of
from hostbook.scenario.world import computed
from invoicing.domain.lines import Line
from support.generator.compose import scenario

FACTORS = {
    ("adjustment", "amount", "", 6),
    ("adjustment", "energy", "kWh", 3),
    ("adjustment", "rate", "/kWh", 6),
    ("connector_fee", "energy amounts", "", 2),
    ("connector_fee", "energy amounts", "", 3),
    ("connector_fee", "fee", "BTC", 8),
    ("connector_fee", "hashrate", "PH/s", 6),
    ("connector_fee", "mean hashprice", "$/PH/s/day", 6),
    ("connector_fee", "percent", "", 8),
    ("connector_fee", "price", "", 8),
    ("connector_fee", "time", "days", 6),
    ("failover", "mean hashprice", "$/PH/s/day", 6),
    ("failover", "percent", "", 8),
    ("failover", "rated hashrate", "PH/s", 6),
    ("failover", "time", "days", 6),
    ("fixed", "days covered", "days", 6),
    ("fixed", "monthly amount", "", 6),
    ("fixed", "share of the period's days", "1/30", 8),
    ("fixed", "share of the period's days", "1/31", 8),
    ("late_fee", "amount", "", 6),
    ("late_fee", "at most", "", 6),
    ("late_fee", "balance without late fees", "", 6),
    ("late_fee", "days", "", 6),
    ("late_fee", "flat fee", "", 6),
    ("late_fee", "interest a day", "", 10),
    ("late_fee", "months", "", 6),
    ("late_fee", "percent a month", "", 8),
    ("prepayment", "amount held", "", 6),
}
OWN_NAME = re.compile(r"([uS]\d*)?")
"""Units, sites and, without a letter at its beginning, invoices."""
PRODUCTS = {
    "computed again",
    "posted before",
    "charged before",
    "energy charge",
    "expected revenue",
    "pool income until",
}


def cases() -> Iterator[dict[str, Any]]:
    for path in sorted(Path(__file__).parent.glob("*.json")):
        yield json.loads(path.read_text())
    yield from (scenario(seed, 2) for seed in range(24))


def lines() -> Iterator[Line]:
    for case in cases():
        for posted in computed(case_of(case)).books.posted:
            yield from posted.invoice.lines


def test_each_factor_of_an_amount_has_its_name_unit_and_decimals() -> None:
    factors, products = set(), set()
    for line in lines():
        for product in line.products:
            products.add(" ".join(word for word in product.of.split() if word[0].isalpha()))
            factors |= {(line.kind.value, one.name, one.unit, one.decimals) for one in product.factors}
    assert {one for one in factors if one[2] not in ("1/28", "1/29")} == FACTORS
    assert {name for name in products if not OWN_NAME.fullmatch(name)} == PRODUCTS
