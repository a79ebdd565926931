"""Services and other charges by quantity: each billed once, on the next monthly invoice (rule 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.domain import terms_check
from invoicing.domain.lines import DEPOSIT_CODE, Line, LineKind, line_amount
from invoicing.domain.periods import Period

LARGEST = Decimal(10) ** 12
FINEST = 18


@dataclass(frozen=True, slots=True)
class Charge:
    """A quantity (hours, pieces; not rounded, never negative) at a unit price; without a tax code it is not taxed."""

    charge_id: str
    contract_id: str
    charged_on: date
    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_code: str | None = None

    def __post_init__(self) -> None:
        terms_check.finite("quantity", self.quantity, FINEST, LARGEST, rule="5")
        terms_check.finite("unit_price", self.unit_price, FINEST, LARGEST, lowest=-LARGEST, rule="5")


def due_charges(charges: Iterable[Charge], period: Period) -> list[Charge]:
    """The unbilled charges that this period's invoice takes: dated before its end; by date, then as listed."""
    return sorted((c for c in charges if c.charged_on < period.next_on), key=lambda charge: charge.charged_on)


def service_line(charge: Charge, decimals: int) -> Line:
    """The charge on an invoice. A deposit is not earned and not taxed: it is owed back (rule 8)."""
    is_deposit = charge.tax_code == DEPOSIT_CODE
    return Line(
        kind=LineKind.DEPOSIT if is_deposit else LineKind.SERVICE,
        contract_id=charge.contract_id,
        quantity=charge.quantity,
        rate=charge.unit_price,
        amount=line_amount(charge.quantity, charge.unit_price, decimals),
        description=charge.description,
        tax_code=None if is_deposit else charge.tax_code,
        refers_to=charge.charge_id,
    )
