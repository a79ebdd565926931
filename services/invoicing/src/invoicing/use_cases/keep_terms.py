"""Keep a contract's newest terms; what was summed by the old ones is summed again."""

from typing import Any
from uuid import UUID

from common.db import Tx
from invoicing.store import copies, invoices, usage
from invoicing.use_cases.billing_rules import billing_rules


async def keep_terms(tx: Tx, organization_id: UUID, contract_id: UUID, version: int, terms: dict[str, Any]) -> None:
    """Periods that were invoiced already are corrected on the next invoice (rule 7.3)."""
    if not await copies.keep_contract(tx, organization_id, contract_id, version, terms):
        return
    kept = await copies.terms(tx, contract_id)
    assert kept is not None
    rules = await billing_rules(tx, organization_id)
    for name in await usage.periods_with_usage(tx, contract_id):
        await usage.sum_again(tx, organization_id, contract_id, rules.period(name), kept)
        if await invoices.was_invoiced(tx, UUID(kept.customer_id), name):
            await usage.note_change(tx, organization_id, contract_id, name)
