"""Explain: every line of a case as a tree, from its amount down to the reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hostbook.scenario.books import Posted
from hostbook.scenario.world import World
from invoicing.domain.explain import Node, explained
from invoicing.domain.lines import Line, LineKind


def told_lines(world: World) -> Iterator[str]:
    """The text, line by line, invoice by invoice. Evidence is that which was known when the invoice was made."""
    for posted in world.books.posted:
        head = posted.invoice.head
        yield f"Invoice {posted.index}, customer {head.customer_id}, {head.first_on} to {head.last_on}"
        yield f"  total {posted.invoice.total} {head.currency}, {posted.invoice.status.value}"
        for line in posted.invoice.lines:
            yield from _drawn(node_of(world, posted, line), "  ")
    for refused in world.books.refused:
        yield f"Refused, customer {refused.customer_id}, {refused.period}: {refused.reason}"


def node_of(world: World, posted: Posted, line: Line) -> Node:
    """The tree of a line; a correction goes on to the lines that were computed again."""
    currency, grounds = posted.invoice.head.currency, posted.grounds
    contract = world.case.contracts.get(line.contract_id or "")
    terms = None if contract is None else contract.terms
    if line.kind is not LineKind.ADJUSTMENT:
        return explained(line, currency, terms, grounds.usage.get(line.contract_id or "", ()))
    again, usage = grounds.older.get((line.contract_id or "", line.refers_to or ""), ((), ()))
    node = explained(line, currency, terms, usage if posted.batch is not None else ())
    corrected = [one for one in again if one.tax_code == line.tax_code]
    return replace(node, children=(*node.children, *(explained(one, currency, terms, usage) for one in corrected)))


def _drawn(node: Node, indent: str) -> Iterator[str]:
    yield f"{indent}{node.text}"
    for child in node.children:
        yield from _drawn(child, indent + "  ")
