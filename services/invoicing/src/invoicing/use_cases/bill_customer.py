"""Bill one customer for one period: one transaction, and the same result however often it is done (rule 7.4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.errors import RuleBroken
from invoicing.domain.invoice import InvoiceStatus
from invoicing.store import changes, charges, folder, locks, runs
from invoicing.store.folder import Folder
from invoicing.store.runs import Run
from invoicing.use_cases.billing_rules import BillingRules
from invoicing.use_cases.draft_month import Draft, draft_month
from invoicing.use_cases.issue_invoice import Born, issue_draft


async def bill_customer(tx: Tx, run: Run, customer_id: UUID, rules: BillingRules, *, at: datetime) -> list[UUID]:
    """Answers the invoices made; refusals are noted with the run and leave the others alone.

    `run` and `rules` are read once for many customers.
    """
    await locks.alone(tx, customer_id)
    found = await folder.read(tx, customer_id, run.period)
    standing = [i for i in found.existing if i.status != InvoiceStatus.CANCELLED]
    if any(i.run_id == run.run_id for i in found.existing) or (run.skip_existing and standing):
        return []
    try:
        drafts = await draft_month(tx, found, rules.period(run.period), rules)
    except RuleBroken as refusal:
        await runs.refuse(tx, run.run_id, customer_id, refusal.message)
        return []
    organization_id, made = rules.host.organization_id, []
    for draft in drafts:
        currency = draft.invoice.head.currency
        if currency in {i.currency for i in standing}:
            continue
        born = Born(rules.preferences.number_prefix, run.run_id, found.payer.born_held)
        await _take_along(tx, organization_id, found, draft, born.invoice_id)
        await issue_draft(tx, organization_id, draft.invoice, born, found.lots.get(currency, ()), at=at)
        made.append(born.invoice_id)
    return made


async def _take_along(tx: Tx, organization_id: UUID, found: Folder, draft: Draft, invoice_id: UUID) -> None:
    """What stands on this invoice stands on no other one.

    A period that is invoiced again after a cancellation is looked at once more on the next invoice: corrections of it
    may stand on later ones.
    """
    await charges.note_billed(tx, draft.charge_ids, invoice_id)
    await changes.forget(tx, draft.corrected)
    if any(i.status == InvoiceStatus.CANCELLED for i in found.existing):
        for terms in found.terms:
            await changes.note(tx, organization_id, UUID(terms.contract_id), draft.invoice.head.period)
