"""Credit given or taken back by hand, with the reason and who did it (CB-84, CB-86)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.db import Tx, new_id
from common.money import Money
from invoicing.domain.ledger import Head
from invoicing.domain.ledger_credit import credit_balance, granted, lowered
from invoicing.store import books, copies, locks
from invoicing.use_cases.settle_balances import post_and_settle


async def change_credit(
    tx: Tx, organization_id: UUID, customer_id: UUID, amount: Money, reason: str, *, at: datetime
) -> Decimal:
    """Above zero gives, below zero takes the oldest first; answers the balance after it."""
    await copies.payer(tx, customer_id)
    await locks.alone(tx, customer_id)
    head = Head(f"credit/{new_id()}", str(customer_id), amount.currency, at, reason)
    lots = await books.of_lots(tx, customer_id, amount.currency)
    made = granted(head, amount.amount) if amount.amount > 0 else lowered(head, -amount.amount, lots)
    await post_and_settle(tx, organization_id, (customer_id, amount.currency), made, at=at)
    return credit_balance(lots) + amount.amount


async def credit_of(tx: Tx, customer_id: UUID, currency: str) -> Decimal:
    """The customer's credit balance in a currency."""
    return Money(credit_balance(await books.of_lots(tx, customer_id, currency)), currency).amount
