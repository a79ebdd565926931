"""What the tests of the extras are given: a hosted contract of January 2025 in UTC, and usage spans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from invoicing.domain.lines import Line, LineKind, LineMethod
from invoicing.domain.periods import Period, period_named
from invoicing.domain.site_facts import Given, SiteFacts
from invoicing.domain.terms import ContractTerms, ContractType, RateFrom
from invoicing.domain.usage import MethodUsage, Quarter, UnitUsage

START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2025, 2, 1, tzinfo=UTC)
JANUARY: Period = period_named("2025-01", 1, "UTC")
HOUR = timedelta(hours=1)


def terms_with(*extras: object, rate: str = "0.075", contract_id: str = "C1") -> ContractTerms:
    return ContractTerms(
        contract_id=contract_id,
        customer_id="A",
        type=ContractType.HOSTED,
        currency="USD",
        timezone="UTC",
        first_on=date(2024, 1, 1),
        rates=(RateFrom(datetime(2024, 1, 1, tzinfo=UTC), Decimal(rate)),),
        methods=(LineMethod.METERED,),
        extras=extras,
    )


def usage_of(
    unit_id: str = "u1",
    *,
    from_at: datetime = START,
    to_at: datetime = END,
    kwh: Fraction | int = 0,
    quarters: Sequence[tuple[datetime, Fraction]] = (),
    up: Fraction | int = 0,
    down_spans: Sequence[tuple[datetime, datetime]] = (),
    rated_w: int = 3500,
) -> UnitUsage:
    hours = Fraction((to_at - from_at) // timedelta(microseconds=1), HOUR // timedelta(microseconds=1))
    down = sum((Fraction((b - a) // timedelta(seconds=1), 3600) for a, b in down_spans), Fraction(0))
    return UnitUsage(
        unit_id=unit_id,
        contract_id="C1",
        from_at=from_at,
        to_at=to_at,
        by_method={LineMethod.METERED: MethodUsage(Fraction(kwh), hours)},
        quarters=tuple(Quarter(at, {LineMethod.METERED: energy}) for at, energy in quarters),
        up_hours=Fraction(up),
        down_hours=down,
        unknown_hours=hours - up - down,
        down_spans=tuple(down_spans),
        rated_w=Fraction(rated_w),
        rated_ths=Fraction(200),
    )


def energy_line(amount: str, *, kwh: str = "0.000", rate: str = "0.075") -> Line:
    return Line(
        kind=LineKind.ENERGY,
        amount=Decimal(amount),
        tax_code="energy",
        contract_id="C1",
        method=LineMethod.METERED,
        kwh=Decimal(kwh),
        rate=Decimal(rate),
    )


def given(
    terms: ContractTerms,
    usage: Sequence[UnitUsage] = (),
    facts: SiteFacts | None = None,
    lines: Sequence[Line] = (),
) -> Given:
    billed = terms.within(JANUARY.from_at, JANUARY.to_at)
    assert billed is not None
    return Given(terms, usage, JANUARY, billed, facts or SiteFacts(), lines)


def in_quarters(from_at: datetime, to_at: datetime, energy_kwh: Fraction) -> list[tuple[datetime, Fraction]]:
    """Energy spread evenly over the quarter hours of a span that begins and ends on them."""
    count = (to_at - from_at) // timedelta(minutes=15)
    return [(from_at + timedelta(minutes=15 * n), energy_kwh / count) for n in range(count)]
