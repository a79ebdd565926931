"""Requests and answers of `/v1/redirects`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from common.auth import Principal
from common.http import Body
from common.money import Money
from revenueguard.api.schemas import DebtAnswer, Reason
from revenueguard.domain.redirect import Order, Redirect, totals, warning
from revenueguard.store.debts import Debt

CLAUSE, REASON = "C-000042, clause 9.3", "Two months unpaid, no answer to three reminders."
AGREED, SOMEBODY = "The customer agreed to a payment plan.", "user:0195d3a2-7c00-7000-8000-2f1a40c9d7e1"
Clause = Annotated[str, Field(min_length=1, max_length=500)]


class NewRedirect(Body):
    """A redirect to be ordered. Without a clause that permits it a host must not take a customer's hashrate."""

    customer_id: UUID
    reason: Reason = Field(examples=[REASON])
    clause: Clause = Field(examples=[CLAUSE], description="The contract's number, and its clause that permits this.")
    contract_id: UUID | None = None

    def order(self, by: str, approval_id: UUID | None) -> Order:
        return Order(self.customer_id, self.contract_id, self.reason, self.clause, by, approval_id)


class RestoreRedirect(Body):
    """A redirect to be taken off."""

    reason: Reason = Field(examples=[AGREED])


class Amount(BaseModel):
    """Money in one currency."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> Amount:
        return cls(amount=f"{money.amount:f}", currency=money.currency)


class RedirectAnswer(BaseModel):
    """An order that a customer's hashrate goes to the host's pool.

    `reason`, who ordered, approved and restored it, and what was overdue then are absent for customers' people.
    """

    id: UUID
    customer_id: UUID
    contract_id: UUID | None
    clause: str = Field(examples=[CLAUSE])
    summary: str = Field(
        examples=["The machines mine for the customer again."],
        description="How it stands, in words that the customer may read.",
    )
    is_active: bool = Field(examples=[False])
    since_at: datetime
    restored_at: datetime | None
    reason: str | None = Field(None, examples=[REASON])
    ordered_by: str | None = Field(None, examples=[SOMEBODY])
    approval_id: UUID | None = Field(
        None, description="By which another person agreed, where the organization asks it."
    )
    owed: list[Amount] = Field([], description="What was overdue when it was ordered.")
    invoices: list[DebtAnswer] = []
    restored_by: str | None = Field(
        None, examples=[SOMEBODY], description="Absent where the payment of all that was overdue did it."
    )
    restore_reason: str | None = Field(None, examples=[AGREED])

    @classmethod
    def of(cls, redirect: Redirect, owed: Sequence[Debt], caller: Principal) -> Self:
        order, over = redirect.order, redirect.restoration
        shown: dict[str, Any] = {
            "id": redirect.id,
            "customer_id": order.customer_id,
            "contract_id": order.contract_id,
            "clause": order.clause,
            "summary": redirect.summary,
            "is_active": redirect.restored_at is None,
            "since_at": redirect.since_at,
            "restored_at": redirect.restored_at,
        }
        if caller.customer_id is None:
            shown |= {
                "reason": order.reason,
                "ordered_by": order.ordered_by,
                "approval_id": order.approval_id,
                "owed": [Amount.of(money) for money in totals((d.currency, d.balance) for d in owed)],
                "invoices": [DebtAnswer.of(debt) for debt in owed],
                "restored_by": over.by if over else None,
                "restore_reason": over.reason if over else None,
            }
        return cls(**shown)


class RestoredRedirect(RedirectAnswer):
    """The same once it is off, with what is overdue still."""

    outstanding: list[Amount] = []
    warning: str | None = Field(
        None,
        examples=["Still overdue: 125.00 USD. The redirect is off all the same."],
        description="Where something is overdue still.",
    )

    def warned(self, outstanding: Sequence[Money]) -> Self:
        """With what is overdue still."""
        amounts = [Amount.of(money) for money in outstanding]
        return self.model_copy(update={"outstanding": amounts, "warning": warning(outstanding)})


class RedirectList(BaseModel):
    items: list[RedirectAnswer]
    next: str | None
