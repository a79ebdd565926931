"""Short ways to write contracts, usage and invoices in tests: January 2025, UTC, dollars unless said otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from invoicing.domain.invoice import Head
from invoicing.domain.lines import Line, LineMethod
from invoicing.domain.periods import Period, hours_between, period_named
from invoicing.domain.rated import Rated, Source
from invoicing.domain.rating import rate
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms import ContractTerms, ContractType, RateFrom
from invoicing.domain.usage import MethodUsage, UnitUsage

JANUARY = period_named("2025-01", 1, "UTC")
SETTINGS = BillingSettings("UTC", 1, "USD")
JANUARY_HEAD = Head("A", "USD", "2025-01", date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 16))
METERED, HASH, CALCULATED = LineMethod.METERED, LineMethod.HASH, LineMethod.CALCULATED


def at(day: int, hour: int = 0, minute: int = 0, month: int = 1) -> datetime:
    """An instant of 2025."""
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


def rates(*changes: tuple[datetime, str]) -> tuple[RateFrom, ...]:
    return tuple(RateFrom(from_at, Decimal(rate)) for from_at, rate in changes)


def terms(**changes: Any) -> ContractTerms:
    """A hosted contract of customer A, metered then hash, 0.075 a kWh, since 2024."""
    values: dict[str, Any] = {
        "contract_id": "C1",
        "customer_id": "A",
        "type": ContractType.HOSTED,
        "currency": "USD",
        "timezone": "UTC",
        "first_on": date(2024, 1, 1),
        "rates": rates((datetime(2024, 1, 1, tzinfo=UTC), "0.075")),
        "methods": (METERED, HASH),
    }
    return ContractTerms(**(values | changes))


def plain_terms(**changes: Any) -> ContractTerms:
    """Without methods and rates: for infinity, O&M and fixed amounts."""
    return terms(**({"methods": (), "rates": ()} | changes))


def used(unit_id: str, kwh: object = None, **changes: Any) -> UnitUsage:
    """A unit's January on C1, all of it metered, where `kwh` is given; 3.5 kW and 200 TH/s."""
    from_at, to_at = changes.pop("from_at", JANUARY.from_at), changes.pop("to_at", JANUARY.to_at)
    method = changes.pop("method", METERED)
    hours = hours_between(from_at, to_at)
    if kwh is not None:
        changes.setdefault("by_method", {method: MethodUsage(Fraction(str(kwh)), hours)})
    values: dict[str, Any] = {"contract_id": "C1", "rated_w": Fraction(3500), "rated_ths": Fraction(200)}
    return UnitUsage(unit_id=unit_id, from_at=from_at, to_at=to_at, **(values | changes))


def rated(contract: ContractTerms, *usage: UnitUsage, period: Period = JANUARY, **more: Any) -> Rated:
    return rate(Source(contract, period, usage, **more))


def amounts(lines: tuple[Line, ...]) -> list[str]:
    return [str(line.amount) for line in lines]
