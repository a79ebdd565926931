"""Keep a contract's newest terms; what was summed by the old ones is summed again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from invoicing.domain.amendment import first_difference
from invoicing.domain.terms import ContractTerms, Plan
from invoicing.store import changes, copies, locks, usage
from invoicing.store.wire import terms_of
from invoicing.use_cases.billing_rules import BillingRules, billing_rules


async def keep_terms(tx: Tx, organization_id: UUID, contract_id: UUID, version: int, terms: dict[str, Any]) -> None:
    """Periods that were invoiced already are corrected on the next invoice (rule 7.3)."""
    new = terms_of(contract_id, terms)
    customer_id = UUID(new.customer_id)
    await locks.alone(tx, customer_id)
    old = await copies.terms(tx, contract_id)
    if not await copies.keep_contract(tx, organization_id, contract_id, version, terms):
        return
    since_at = new.start_at if old is None else first_difference(old, new)
    if since_at is None:
        return
    rules = await billing_rules(tx, organization_id)
    await _sum_again(tx, organization_id, new, since_at, rules)
    if new.plan is Plan.PREPAID:
        return
    for name in await changes.invoiced_periods(tx, customer_id):
        if "/" not in name and rules.period(name).to_at > since_at:
            await changes.note(tx, organization_id, contract_id, name)


async def _sum_again(
    tx: Tx, organization_id: UUID, terms: ContractTerms, since_at: datetime, rules: BillingRules
) -> None:
    contract_id = UUID(terms.contract_id)
    periods = {rules.period_of(day).name: rules.period_of(day) for day in await usage.days_with_usage(tx, contract_id)}
    for period in periods.values():
        if period.to_at > since_at:
            await usage.sum_again(tx, organization_id, contract_id, period, terms)
