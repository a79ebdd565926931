"""Why an invoice is what it is: for every line a tree down to the reads (rule 1.2, SF-01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx
from invoicing.domain.explain import Node, explained
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.periods import Period
from invoicing.domain.usage import UnitUsage
from invoicing.store import copies, former, invoices
from invoicing.use_cases.billing_rules import BillingRules, billing_rules


async def explain_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID) -> list[Node]:
    """One tree per line, from the usage and the terms that stood when the invoice was made.

    A correction's products say what it was before and what it is now.
    """
    kept, made_at = await invoices.get(tx, invoice_id), await invoices.made_at(tx, invoice_id)
    rules = await billing_rules(tx, organization_id)
    known = {t.contract_id: t for t in await former.terms_at(tx, kept.customer_id, made_at)}
    spans: dict[str, list[UnitUsage]] = {}
    nodes = []
    for line in kept.invoice.lines:
        if line.contract_id is not None and line.contract_id not in spans:
            spans[line.contract_id] = await _spans(tx, line.contract_id, _period_of(kept, rules), made_at)
        used = spans.get(line.contract_id or "", [])
        terms = known.get(line.contract_id or "")
        nodes.append(explained(line, kept.currency, terms, used if line.kind is not LineKind.ADJUSTMENT else ()))
    names = await copies.unit_names(tx, _unit_ids(kept.invoice.lines))
    return [_named(node, names) for node in nodes]


def _unit_ids(lines: tuple[Line, ...]) -> list[UUID]:
    """The units of quantities and of amounts by formula; what is no unit's id is another thing's name."""
    named = {u for line in lines for u, _ in line.units} | {p.of for line in lines for p in line.products}
    return [UUID(one) for one in named if len(one) == len(str(UUID(int=0))) and one.count("-") == 4]


def _period_of(kept: invoices.Kept, rules: BillingRules) -> Period | None:
    """The days whose usage the invoice bills; none for a prepaid cycle, which is billed by the nameplate."""
    named = kept.invoice.head.period
    return None if "/" in named else rules.period(named)


async def _spans(tx: Tx, contract_id: str, period: Period | None, made_at: datetime) -> list[UnitUsage]:
    if period is None:
        return []
    return await former.spans_at(tx, UUID(contract_id), period.from_at, period.to_at, made_at)


def _named(node: Node, names: dict[str, str]) -> Node:
    """The tree with names of units in place of their ids."""
    text = node.text
    for unit_id, name in names.items():
        text = text.replace(unit_id, name)
    return replace(node, text=text, children=tuple(_named(c, names) for c in node.children))
