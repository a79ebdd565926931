"""Prepaid contracts: cycles billed on demand (rule 6). The gate before their units run is contracts'."""

from common.http import Caller, Transaction, allow, new_router
from common.organizations import business_now
from invoicing.api.money_schemas import CyclesMade, CyclesOrder
from invoicing.domain.invoice import InvoiceStatus
from invoicing.use_cases.bill_cycles import bill_cycles
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.prepaid_terms import prepaid_terms
from invoicing.workflows.billing_run import client

router = new_router("prepaid")


@router.post("/v1/invoices/cycles", **allow("invoices.write"))
async def cycles(tx: Transaction, caller: Caller, body: CyclesOrder) -> CyclesMade:
    """Invoice the cycles that are due to be now, without waiting for the day's billing work."""
    at = await business_now(tx, caller.organization_id)
    terms = await prepaid_terms(tx, body.contract_id)
    rules = await billing_rules(tx, caller.organization_id)
    made = await bill_cycles(tx, terms, rules, at=at, again=body.again)
    for kept in made:
        if kept.status is not InvoiceStatus.HELD:
            await client.deliver(tx, caller.organization_id, kept.invoice_id, at=at)
    return CyclesMade(invoice_ids=[kept.invoice_id for kept in made])
