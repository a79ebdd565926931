"""What is asked of a processor, and what it answered, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from common.money import Money, minor_unit
from payments.domain.declines import Remedy, remedy_of


class Answer(StrEnum):
    """The kinds of answer. Only `unknown` leaves open whether money moved."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"  # a bank debit under way
    DECLINED = "declined"  # definite: no money, with a reason
    REFUSED = "refused"  # definite: the request itself was wrong, nothing happened
    LIMITED = "limited"  # not looked at now (limit, credentials, the same key in use): come again with the same key
    UNKNOWN = "unknown"  # no trustworthy answer: money may have moved


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """One attempt to collect: everything the call carries, frozen before it is made, so a repetition is identical.

    `key` is the idempotency key; `reference` the processor's object of an earlier attempt of the same payment.
    """

    key: str
    amount: Money
    customer_reference: str
    method_reference: str
    reference: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to be given back of a payment."""

    key: str
    reference: str
    amount: Money
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to an order, or to a look at it later. `reference` is the processor's object, where one exists."""

    answer: Answer
    reference: str | None = None
    reason: str = ""
    advice: str | None = None
    fee: Money | None = None

    @property
    def is_final(self) -> bool:
        """Nothing more will come of this attempt by itself."""
        return self.answer in (Answer.SUCCEEDED, Answer.DECLINED, Answer.REFUSED)

    @property
    def is_settled(self) -> bool:
        """There is nothing to be asked again now: final, or on its way by itself."""
        return self.is_final or self.answer is Answer.PROCESSING

    @property
    def remedy(self) -> Remedy:
        return remedy_of(self.reason, self.advice)


def minor_units(amount: Money) -> int:
    """The amount in the currency's smallest unit, as processors count: 12.34 USD is 1234, 500 JPY is 500."""
    return int(amount.amount.scaleb(minor_unit(amount.currency)))


def of_minor_units(count: int, currency: str) -> Money:
    """The amount behind a processor's count of smallest units."""
    return Money(Decimal(count).scaleb(-minor_unit(currency)), currency)
