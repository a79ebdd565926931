"""Ways to pay that a customer saved: only what may be shown and what the processor needs, never a card number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict


class MethodStatus(StrEnum):
    """`dead`: the processor said never again; `removed`: the customer took it away."""

    ACTIVE = "active"
    DEAD = "dead"
    REMOVED = "removed"


class MethodUnusable(Conflict):
    """The method cannot be charged."""

    code = "method_unusable"


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """`fingerprint` is the same for the same card saved twice: tries are counted by it. `label`: `visa 4242`."""

    id: UUID
    customer_id: UUID
    processor: str
    reference: str
    kind: str
    label: str
    fingerprint: str
    is_auto_pay: bool = False
    status: MethodStatus = MethodStatus.ACTIVE
    version: int = 1

    def changed(self, **changes: object) -> PaymentMethod:
        """The method after a change, its version one higher."""
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]


def chargeable(method: PaymentMethod) -> PaymentMethod:
    """The method, or why it is none."""
    if method.status is not MethodStatus.ACTIVE:
        raise MethodUnusable(f"{method.label} is {method.status}.", field="method_id", remedy="another saved method")
    return method


def preferred(methods: list[PaymentMethod]) -> PaymentMethod | None:
    """The one that invoices are charged to when issued (CB-82, CB-83); none when auto-pay is off."""
    return next((m for m in methods if m.is_auto_pay and m.status is MethodStatus.ACTIVE), None)
