"""Which legal person a contract's invoices come from (rule 7.1: one invoice a customer, period and currency)."""

from __future__ import annotations

from uuid import UUID

from common.db import Tx
from common.errors import Conflict, NotFound
from contracts.domain.contract import Contract
from contracts.store import issuers


class IssuerDiffers(Conflict):
    """Contracts that share an invoice name different issuing entities."""

    code = "issuer_differs"


async def check_issuer(tx: Tx, entity_id: UUID | None) -> None:
    """Refuses an issuing entity that the organization does not have."""
    if entity_id is not None and await issuers.name_of(tx, entity_id) is None:
        raise NotFound(
            f"There is no issuing entity {entity_id}.",
            field="issuing_entity_id",
            remedy="one of this organization's, or blank for its default one",
        )


async def check_one_issuer(tx: Tx, contract: Contract) -> None:
    """Refuses a contract in force that names another issuer than one with which it shares its invoices."""
    if contract.issuing_entity_id is None:
        return
    whose = UUID(contract.customer_id), UUID(contract.contract_id)
    for number, currency, entity_id in await issuers.others_of_customer(tx, *whose):
        if currency == contract.currency and entity_id != contract.issuing_entity_id:
            raise IssuerDiffers(
                f"Contract {number} of this customer is invoiced by another issuing entity, on the same invoice.",
                field="issuing_entity_id",
                remedy="the same issuing entity, or blank",
            )
