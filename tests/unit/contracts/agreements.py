"""Contracts, units and sites that the tests of the contract rules start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from common.money import Money
from contracts.domain.contract import Contract, ContractType
from contracts.domain.pricing import (
    EnergyTerms,
    FeeBasis,
    FixedMonthly,
    InfinityTerms,
    Method,
    MinerSpec,
    OmTerms,
    ServicedSite,
)
from contracts.domain.terms import Term, TermKind, agreed
from contracts.domain.units import Unit, UnitState
from contracts.domain.wallet import wallet_of

START_ON = date(2025, 1, 1)
START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR_END = datetime(2026, 1, 1, tzinfo=UTC)
ENERGY = EnergyTerms(Decimal("0.075"), (Method.METERED, Method.HASH))
FIXED = FixedMonthly(Money(Decimal("150.00"), "USD"))
SPEC = MinerSpec("S21", Fraction(200), Fraction(35, 2))
WALLET = wallet_of("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")
INFINITY = InfinityTerms(Decimal("0.075"), SPEC, 5, Decimal(4), FeeBasis.EXPECTED_REVENUE, WALLET)
SITE = ServicedSite("s1", Money(Decimal("4500.00"), "USD"))
PRICING = {
    ContractType.HOSTED: ENERGY,
    ContractType.LEASE: ENERGY,
    ContractType.INFINITY: INFINITY,
    ContractType.OM: OmTerms((SITE,)),
}


def contract(kind: ContractType = ContractType.HOSTED, **changes: Any) -> Contract:
    """A draft over the year 2025 in UTC, unless changed."""
    term = changes.pop("term", Term(TermKind.ONE_YEAR))
    fields: dict[str, Any] = {
        "contract_id": "C1",
        "customer_id": "A",
        "type": kind,
        "currency": "USD",
        "timezone": "UTC",
        "tenure": agreed(term, START_ON),
        "pricing": PRICING[kind],
    }
    return Contract(**{**fields, **changes})


def unit(unit_id: str = "u1", *, owner: str | None = "A", **changes: Any) -> Unit:
    plain = Unit(unit_id, f"SN-{unit_id}", "S21", Fraction(3500), Fraction(200), owner_customer_id=owner)
    return replace(plain, **{"state": UnitState.UNASSIGNED, **changes})
