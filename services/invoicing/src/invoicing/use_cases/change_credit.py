"""Credit given or taken back by hand, with the reason and who did it (CB-84, CB-86)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.db import Tx, new_id
from common.money import Money
from invoicing.domain.ledger import Head
from invoicing.domain.ledger_credit import credit_balance, granted, lots, lowered
from invoicing.store import books, copies
from invoicing.use_cases.settle_balances import post_and_settle


async def change_credit(
    tx: Tx, organization_id: UUID, customer_id: UUID, amount: Money, reason: str, *, at: datetime
) -> Decimal:
    """Above zero gives, below zero takes the oldest first; answers the balance after it."""
    await copies.payer(tx, customer_id, lock=True)
    whose = customer_id, amount.currency
    before = await books.of_customer(tx, *whose)
    head = Head(f"credit/{new_id()}", str(customer_id), amount.currency, at, reason)
    if amount.amount > 0:
        made = granted(head, amount.amount)
    else:
        made = lowered(head, -amount.amount, lots(before, str(customer_id)))
    await post_and_settle(tx, organization_id, whose, before, made, at=at)
    return credit_balance(lots([*before, *made], str(customer_id)))


async def credit_of(tx: Tx, customer_id: UUID, currency: str) -> Decimal:
    """The customer's credit balance in a currency."""
    return credit_balance(lots(await books.of_customer(tx, customer_id, currency), str(customer_id)))
