"""The gate before prepaid units are energized: the first invoice paid and the agreement signed (rule 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.db import Tx
from common.errors import NotFound, RuleBroken
from invoicing.domain.cycles import Batch, batches_of, gate_is_open
from invoicing.domain.invoice import InvoiceStatus
from invoicing.domain.terms import ContractTerms, Plan
from invoicing.store import batches, copies, invoices
from invoicing.store.invoices import Kept


class NotPrepaid(RuleBroken):
    """The contract is billed by usage; nothing has to be paid before its units run."""

    code = "not_prepaid"


@dataclass(frozen=True, slots=True)
class Gate:
    """One batch of units: open, or what is missing."""

    first_on: date
    unit_ids: tuple[str, ...]
    first_invoice: Kept | None
    is_open: bool
    missing: tuple[str, ...]


async def prepaid_terms(tx: Tx, contract_id: UUID) -> ContractTerms:
    """The contract, refused where it is unknown or not on the prepaid plan."""
    terms = await copies.terms(tx, contract_id)
    if terms is None:
        raise NotFound(f"There is no contract {contract_id}.", field="contract_id")
    if terms.plan is not Plan.PREPAID:
        raise NotPrepaid(f"Contract {terms.number} is not prepaid.", field="contract_id", remedy="a prepaid contract")
    return terms


async def energize_gate(tx: Tx, contract_id: UUID) -> list[Gate]:
    """The gate of each batch of the contract, the earliest first."""
    terms = await prepaid_terms(tx, contract_id)
    customer_id = UUID(terms.customer_id)
    signed = await copies.has_agreement(tx, customer_id)
    settled = [b.invoiced for b in await batches.of_contract(tx, contract_id)]
    found = batches_of(terms, await copies.prepaid_units(tx, contract_id), settled)
    return [await _gate(tx, customer_id, batch, signed=signed) for batch in found]


async def _gate(tx: Tx, customer_id: UUID, batch: Batch, *, signed: bool) -> Gate:
    made = await invoices.of_batch(tx, customer_id, batch.key)
    firsts = [i for i in made if i.invoice.head.period == batch.cycle_key(1)]
    first = next((i for i in firsts if i.status is not InvoiceStatus.CANCELLED), None)
    missing = []
    if first is None:
        missing.append("the first invoice is not made yet")
    elif first.status is not InvoiceStatus.PAID:
        missing.append(f"invoice {first.number} is not paid")
    if not signed:
        missing.append("the hosting agreement is not signed")
    is_open = gate_is_open(first.status if first else None, agreement_signed=signed)
    return Gate(batch.first_on, tuple(m.unit_id for m in batch.members), first, is_open, tuple(missing))
