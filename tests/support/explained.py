"""Reads an explanation as text and computes the amount again, knowing only what is printed."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up
from invoicing.domain.explain import Node

_HEAD = re.compile(r"\w+ (-?[\d.]+) [A-Z]{3}(?: = (-?[\d.]+)(?: kWh| kW)? x (-?[\d.]+))?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:/\d+)?")
_UNIT = re.compile(r"unit (.+): (-?[\d.]+) kWh")
_SPAN = re.compile(r"\S+Z to \S+Z: (-?[\d.]+) kWh(?: \(exactly (-?[\d./]+)\))?")


def texts(node: Node) -> list[str]:
    """Everything that the tree says, from the top."""
    return [node.text, *(text for child in node.children for text in texts(child))]


def again(tree: Node, decimals: int) -> Decimal:
    """Quantity x rate where the line shows them, else the sum of its products, rounded once."""
    head = _HEAD.match(tree.text)
    assert head is not None, tree.text
    if head[2] is not None:
        return round_half_up(Fraction(head[2]) * Fraction(head[3]), decimals)
    products = [child.text for child in tree.children if ": " in child.text and not _says_no_product(child)]
    return round_half_up(sum((_product(text) for text in products), Fraction(0)), decimals)


def _says_no_product(child: Node) -> bool:
    return child.text.startswith(("method ", "unit ", "evidence: ")) or _HEAD.match(child.text) is not None


def _product(text: str) -> Fraction:
    """`of: name 1/3 unit x name 2 = 2/3`; the result beside it must be the product."""
    left, _, shown = text.split(": ", 1)[1].partition(" = ")
    result = Fraction(1)
    for factor in left.split(" x "):
        result *= Fraction(next(word for word in factor.split() if _NUMBER.fullmatch(word)))
    assert not shown or Fraction(shown) == result, text
    return result


def energies(tree: Node) -> dict[str, Fraction]:
    """By unit, the exact energies of the spans below it, added up."""
    found: dict[str, Fraction] = {}
    for child in tree.children:
        unit = _UNIT.fullmatch(child.text)
        if unit is not None:
            spans = [span for one in child.children if (span := _SPAN.match(one.text)) is not None]
            found[unit[1]] = sum((Fraction(span[2] or span[1]) for span in spans), Fraction(0))
    return found
