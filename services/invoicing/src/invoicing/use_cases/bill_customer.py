"""Bill one customer for one period: one transaction, and the same result however often it is done (rule 7.4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.errors import RuleBroken
from invoicing.domain.invoice import InvoiceStatus
from invoicing.domain.monthly import skipped
from invoicing.store import charges, copies, invoices, runs, usage
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.draft_month import Draft, draft_month
from invoicing.use_cases.issue_invoice import Numbered, issue_draft


async def bill_customer(tx: Tx, organization_id: UUID, run_id: UUID, customer_id: UUID, *, at: datetime) -> list[UUID]:
    """Answers the invoices made; refusals are noted with the run and leave the others alone."""
    run = await runs.get(tx, run_id)
    payer = await copies.payer(tx, customer_id, lock=True)
    rules = await billing_rules(tx, organization_id)
    existing = await invoices.of_period(tx, customer_id, run.period)
    if run.skip_existing and skipped(i.status for i in existing):
        await runs.count(tx, run_id, "skipped")
        return []
    done = {i.currency for i in existing if i.status is not InvoiceStatus.CANCELLED}
    try:
        drafts = await draft_month(tx, payer, rules.period(run.period), rules)
    except RuleBroken as refusal:
        await runs.refuse(tx, run_id, customer_id, refusal.message)
        return []
    made = []
    for draft in drafts:
        if draft.invoice.head.currency in done:
            continue
        number = await invoices.next_number(tx, organization_id, rules.preferences.number_prefix)
        numbered = Numbered(new_id(), number, run_id)
        kept = await issue_draft(tx, organization_id, draft.invoice, numbered, payer.born_held, at=at)
        await _take_along(tx, draft, kept.invoice_id)
        await runs.count(tx, run_id, "held" if kept.status is InvoiceStatus.HELD else "issued")
        made.append(kept.invoice_id)
    return made


async def _take_along(tx: Tx, draft: Draft, invoice_id: UUID) -> None:
    await charges.note_billed(tx, draft.charge_ids, invoice_id)
    for contract_id, period in draft.corrected:
        await usage.forget_change(tx, contract_id, period)
