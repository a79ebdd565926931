"""The terms of a prepaid contract."""

from __future__ import annotations

from uuid import UUID

from common.db import Tx
from common.errors import NotFound, RuleBroken
from invoicing.domain.terms import ContractTerms, Plan
from invoicing.store import copies


class NotPrepaid(RuleBroken):
    """The contract is billed by usage; it has no cycles."""

    code = "not_prepaid"


async def prepaid_terms(tx: Tx, contract_id: UUID) -> ContractTerms:
    """The contract, refused where it is unknown or not on the prepaid plan."""
    terms = await copies.terms(tx, contract_id)
    if terms is None:
        raise NotFound(f"There is no contract {contract_id}.", field="contract_id")
    if terms.plan is not Plan.PREPAID:
        raise NotPrepaid(f"Contract {terms.number} is not prepaid.", field="contract_id", remedy="a prepaid contract")
    return terms
