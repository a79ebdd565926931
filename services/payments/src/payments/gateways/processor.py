"""What we need from a payment processor, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from payments.domain.outcomes import ChargeOrder, Outcome, RefundOrder


class ProcessorRefused(Exception):
    """Definite: the processor will not do this; `reason` is its code. Nothing happened."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class ProcessorSilent(Exception):
    """No trustworthy answer to a call that moves no money: repeat it with the same key."""


class BadNotice(Exception):
    """A webhook that the processor did not sign, or signed for another moment."""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A way to pay as the processor keeps it; `label` is fit to be shown (`visa 4242`)."""

    reference: str
    kind: str
    label: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A signed webhook. It is a hint to look at `reference`, never the truth itself.

    `key` is the idempotency key of the call that caused it, where one did; `labels` are those of the object.
    """

    event_id: str
    kind: str
    reference: str | None
    key: str | None
    labels: dict[str, str]


class PaymentProcessor(Protocol):
    """Charges report every failure as an `Outcome`; the other calls raise `ProcessorRefused` or `ProcessorSilent`."""

    name: str

    async def register(self, name: str, *, labels: dict[str, str], key: str) -> str:
        """Makes our customer known; returns the processor's reference."""

    async def begin_saving(self, customer_reference: str, *, key: str) -> str:
        """Returns the secret with which the customer's browser saves a method, so that we never see a card number."""

    async def save(self, customer_reference: str, token: str, *, key: str) -> SavedMethod:
        """Keeps the method behind the token for charges without the customer present."""

    async def remove(self, method_reference: str) -> None:
        """Forgets the method; one that is gone already is no error."""

    async def charge(self, order: ChargeOrder) -> Outcome:
        """Collects; the same order again tells what became of it instead of charging again."""

    async def look(self, reference: str) -> Outcome:
        """What is true now about an earlier charge."""

    async def find(self, order: ChargeOrder, since: datetime) -> Outcome | None:
        """The charge of this order by its labels, made since then; none if the processor knows none."""

    async def refund(self, order: RefundOrder) -> Outcome:
        """Gives money back; the same order again does it once."""

    def notice(self, body: bytes, signature: str, at: datetime) -> Notice:
        """The webhook behind these bytes, or `BadNotice`."""

    async def close(self) -> None: ...
