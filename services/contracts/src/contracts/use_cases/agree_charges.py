"""Money that a contract owes beside its energy, told once: deposit, its return, the fee of an early end.

The id of a charge is made of the contract and of what it is for: told twice, it is the same charge.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid5

from common.clock import local_day
from common.db import Tx
from common.money import Money
from common.outbox import publish
from contracts.domain.contract import Contract
from contracts.domain.exit_fee import exit_fee_of
from events.contracts import ChargeAgreed

Purpose = Literal["deposit", "deposit_return", "early_termination"]
_SAID: dict[Purpose, str] = {
    "deposit": "Security deposit of contract {number}",
    "deposit_return": "Return of the security deposit of contract {number}",
    "early_termination": "Early end of contract {number}, agreed until {until}",
}


async def take_deposit(tx: Tx, organization_id: UUID, contract: Contract, *, at: datetime) -> None:
    """Charged with the activation, where a deposit was agreed."""
    if contract.deposit is not None:
        day = local_day(at, contract.timezone)
        await _agree(tx, organization_id, contract, ("deposit", contract.deposit.amount, day), at)


async def settle_at_end(tx: Tx, organization_id: UUID, contract: Contract, *, at: datetime) -> None:
    """On the last day: the fee where it came early, and the deposit back."""
    last_on = contract.tenure.end_on
    assert last_on is not None
    fee = exit_fee_of(contract)
    if fee is not None and fee.amount:
        await _agree(tx, organization_id, contract, ("early_termination", fee, last_on), at)
    if contract.deposit is not None:
        back = Money(-contract.deposit.amount.amount, contract.currency)
        await _agree(tx, organization_id, contract, ("deposit_return", back, last_on), at)


def charge_id_of(contract_id: UUID, purpose: Purpose) -> UUID:
    """The id of what a contract charges for a purpose: always the same."""
    return uuid5(contract_id, purpose)


async def _agree(
    tx: Tx, organization_id: UUID, contract: Contract, what: tuple[Purpose, Money, date], at: datetime
) -> None:
    purpose, amount, charged_on = what
    contract_id, early = UUID(contract.contract_id), contract.early_end
    until = early.agreed_end_on.isoformat() if early is not None else ""
    event = ChargeAgreed(
        charge_id=charge_id_of(contract_id, purpose),
        contract_id=contract_id,
        customer_id=UUID(contract.customer_id),
        charge=purpose,
        charged_on=charged_on,
        description=_SAID[purpose].format(number=contract.number, until=until),
        amount=f"{amount.amount:f}",
        currency=amount.currency,
    )
    await publish(tx, organization_id, event, at=at, source="contracts")
