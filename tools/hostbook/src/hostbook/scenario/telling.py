"""Explain: every line of a case as a tree, from its amount down to the reads."""

from __future__ import annotations

from collections.abc import Iterator

from hostbook.scenario.books import Posted
from hostbook.scenario.case import Contract
from hostbook.scenario.world import World
from invoicing.domain.explain import Node, explained
from invoicing.domain.periods import period_named
from invoicing.domain.usage import UnitUsage


def told_lines(world: World) -> Iterator[str]:
    """The text, line by line, invoice by invoice. Evidence is that which is known after the last step."""
    for posted in world.books.posted:
        head = posted.invoice.head
        yield f"Invoice {posted.index}, customer {head.customer_id}, {head.first_on} to {head.last_on}"
        yield f"  total {posted.invoice.total} {head.currency}, {posted.invoice.status.value}"
        for line in posted.invoice.lines:
            contract = world.case.contracts.get(line.contract_id or "")
            usage = _usage(world, posted, contract) if contract is not None and line.method is not None else []
            terms = None if contract is None else contract.terms
            yield from _drawn(explained(line, head.currency, terms, usage), "  ")
    for refused in world.books.refused:
        yield f"Refused, customer {refused.customer_id}, {refused.period}: {refused.reason}"


def _usage(world: World, posted: Posted, contract: Contract) -> list[UnitUsage]:
    if posted.batch is not None:
        return []
    settings = world.settings
    period = period_named(posted.invoice.head.period, settings.billing_day, settings.timezone)
    return list(world.source(contract, period).usage)


def _drawn(node: Node, indent: str) -> Iterator[str]:
    yield f"{indent}{node.text}"
    for child in node.children:
        yield from _drawn(child, indent + "  ")
