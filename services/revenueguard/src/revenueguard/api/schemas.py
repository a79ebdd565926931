"""Requests and answers of the revenueguard API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from revenueguard.domain.dunning_policy import Action, Step
from revenueguard.store.debts import Debt, Delinquency

Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class NewDefault(Body):
    """A customer to be put in default; the reason is kept and shown (CB-102)."""

    reason: Reason = Field(examples=["Cheque returned twice."])


class Clearing(Body):
    """A default to be cleared; `force` says so in spite of overdue invoices."""

    reason: Reason
    force: bool = False


class StepAnswer(Body):
    """One step of the policy."""

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,39}$")
    action: Action
    days_after_due: int = Field(ge=1, le=365)


class PolicyChange(Body):
    """The steps that replace the present ones, in order of days."""

    steps: list[StepAnswer] = Field(min_length=1, max_length=20)

    def as_steps(self) -> list[Step]:
        return [Step(s.name, s.action, s.days_after_due) for s in self.steps]


class PolicyAnswer(BaseModel):
    """The policy in force; version 0 is the one every organization begins with."""

    steps: list[StepAnswer]
    version: int

    @classmethod
    def of(cls, steps: tuple[Step, ...], version: int) -> PolicyAnswer:
        shown = [StepAnswer(name=s.name, action=s.action, days_after_due=s.days_after_due) for s in steps]
        return cls(steps=shown, version=version)


class DebtAnswer(BaseModel):
    """An overdue invoice."""

    invoice_id: UUID
    number: str
    due_on: date
    balance: str
    currency: str

    @classmethod
    def of(cls, debt: Debt) -> DebtAnswer:
        return cls(
            invoice_id=debt.invoice_id,
            number=debt.number,
            due_on=debt.due_on,
            balance=debt.printed,
            currency=debt.currency,
        )


class DelinquencyAnswer(BaseModel):
    """Where a customer stands with the host."""

    customer_id: UUID
    in_default: bool
    reason: str | None
    defaulted_at: datetime | None
    since_at: datetime | None
    steps_done: list[str]
    redirect_id: UUID | None = Field(None, description="The redirect that is active.")
    overdue: list[DebtAnswer]
    mail_refused: str | None = Field(None, description="Why the last reminder's mail was refused for good.")

    @classmethod
    def of(
        cls, customer_id: UUID, found: Delinquency | None, owed: list[Debt], mail_refused: str | None
    ) -> DelinquencyAnswer:
        return cls(
            customer_id=customer_id,
            in_default=bool(found and found.is_default),
            reason=found.reason if found else None,
            defaulted_at=found.defaulted_at if found else None,
            since_at=found.since_at if found else None,
            steps_done=list(found.steps_done) if found else [],
            redirect_id=found.redirect_id if found else None,
            overdue=[DebtAnswer.of(debt) for debt in owed],
            mail_refused=mail_refused,
        )


class DelinquencyList(BaseModel):
    items: list[DelinquencyAnswer]
    next: str | None


class UncontractedUnit(BaseModel):
    """A unit that hashes without an active contract."""

    unit_id: UUID
    site_id: UUID | None = Field(description="Where it is now; none while contracts has said nothing of it.")
    since_at: datetime


class UncontractedList(BaseModel):
    items: list[UncontractedUnit]
    next: str | None
