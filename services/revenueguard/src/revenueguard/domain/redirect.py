"""When a customer's hashrate may go to the host's pool, until when, and what is said of it (CB-103 to CB-105).

Here is the order alone: who wanted it, why, and which clause permits it. Nothing here writes pools on machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.errors import Conflict
from common.money import Money

PAID = "Nothing is overdue any more."


class NotPermitted(Conflict):
    """Hashrate is taken for overdue invoices of a customer in default, and for nothing else."""

    code = "redirect_not_permitted"


class AlreadyRedirected(Conflict):
    """A customer has one redirect at a time."""

    code = "redirect_active"


class AlreadyRestored(Conflict):
    """The redirect is over."""

    code = "redirect_restored"


class StillRedirected(Conflict):
    """A default is not cleared while the customer's hashrate still goes to the host."""

    code = "still_redirected"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for; `clause` is the contract's number and the clause that permits it, in words."""

    customer_id: UUID
    contract_id: UUID | None
    reason: str
    clause: str
    ordered_by: str
    approval_id: UUID | None


@dataclass(frozen=True, slots=True)
class Restoration:
    """Why the machines mine for the customer again; `by` is a caller, none where payment did it."""

    reason: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Redirect:
    """An order that stands, or stood until `restored_at`."""

    id: UUID
    order: Order
    since_at: datetime
    restored_at: datetime | None = None
    restoration: Restoration | None = None

    @property
    def summary(self) -> str:
        """What the customer's people are told of it: nothing of the host's own reasons."""
        if self.restored_at is not None:
            return "The machines mine for the customer again."
        return f"While invoices are overdue, the hashrate goes to the host's pool, as agreed in {self.order.clause}."


def check_order(*, is_default: bool, overdue: int, active: UUID | None) -> None:
    """Refuses an order beside one that stands, and one that nothing permits; names all that is missing."""
    if active is not None:
        raise AlreadyRedirected(
            f"Redirect {active} of this customer is active.",
            field="customer_id",
            remedy="restore it first, or let it be",
        )
    lacks = [] if is_default else ["is not in default"]
    lacks += [] if overdue else ["has no overdue invoice"]
    if lacks:
        raise NotPermitted(
            f"The customer {' and '.join(lacks)}.",
            field="customer_id",
            remedy="a redirect recovers overdue invoices of a customer in default",
        )


def check_clearing(active: UUID | None) -> None:
    """Two steps, in this order: redirect off, then the default (CB-105)."""
    if active is not None:
        raise StillRedirected(
            f"Redirect {active} of this customer is active.",
            field="customer_id",
            remedy=f"restore it first: POST /v1/redirects/{active}/restore",
        )


def totals(balances: Iterable[tuple[str, Decimal]]) -> list[Money]:
    """What balances come to, by currency."""
    sums: dict[str, Decimal] = {}
    for currency, balance in balances:
        sums[currency] = sums.get(currency, Decimal(0)) + balance
    return [Money.rounded(amount, currency) for currency, amount in sorted(sums.items()) if amount]


def warning(outstanding: Sequence[Money]) -> str | None:
    """Said to whom takes a redirect off although money is overdue (CB-105)."""
    if not outstanding:
        return None
    return f"Still overdue: {' and '.join(str(one) for one in outstanding)}. The redirect is off all the same."
