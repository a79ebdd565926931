"""What a contract itself charges, once: a deposit and its return, the fee of an early end (rules 5, 8)."""

from decimal import Decimal
from uuid import UUID

from common.db import Tx
from events.contracts import ChargeAgreed
from invoicing.domain.charges import Charge
from invoicing.domain.lines import DEPOSIT_CODE
from invoicing.domain.lost_deposits import lost_of
from invoicing.store import books, charges, locks


async def agree_charge(tx: Tx, organization_id: UUID, event: ChargeAgreed) -> None:
    """The fee is taxed as `early_termination`, where the host taxes that code; a deposit is not.

    A charge that was told before is not added again; a deposit comes back less what of it was written off unpaid.
    """
    await locks.alone(tx, event.customer_id)
    if await charges.is_known(tx, event.charge_id):
        return
    amount = Decimal(event.amount)
    if event.charge == "deposit_return":
        entries = await books.of_customer(tx, event.customer_id, event.currency)
        amount += lost_of(entries, str(event.contract_id))
        if amount >= 0:
            return
    charge = Charge(
        charge_id=str(event.charge_id),
        contract_id=str(event.contract_id),
        charged_on=event.charged_on,
        description=event.description,
        quantity=Decimal(1),
        unit_price=amount,
        tax_code="early_termination" if event.charge == "early_termination" else DEPOSIT_CODE,
    )
    await charges.add(tx, organization_id, event.customer_id, charge)
