"""The host's billing day or time zone is another one: the sums of usage by period are made anew from the days."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from invoicing.store import copies, locks, usage
from invoicing.use_cases.billing_rules import billing_rules


async def sum_contract(tx: Tx, organization_id: UUID, payload: dict[str, Any], _: datetime) -> None:
    """A job for one contract; repeating it gives the same sums."""
    contract_id = UUID(payload["contract_id"])
    terms = await copies.terms(tx, contract_id)
    if terms is None:
        return
    await locks.alone(tx, UUID(terms.customer_id))
    rules = await billing_rules(tx, organization_id)
    await usage.forget_totals(tx, contract_id)
    periods = {(period := rules.period_of(day)).name: period for day in await usage.days_with_usage(tx, contract_id)}
    for period in periods.values():
        await usage.sum_again(tx, organization_id, contract_id, period, terms)
