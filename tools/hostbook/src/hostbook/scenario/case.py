"""A scenario as it was read: the domain's own values, with their ids as in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from invoicing.domain.charges import Charge
from invoicing.domain.rated import PoolRecord
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms import ContractTerms
from metering.domain.values import Channel, HashpriceRow, Rating, ResetEstimate, TelemetryRow

Reads = dict[str, list[tuple[datetime, Decimal]]]


@dataclass(frozen=True, slots=True)
class Organization:
    settings: BillingSettings
    reset_estimate: ResetEstimate


@dataclass(frozen=True, slots=True)
class Customer:
    """Credit in the organization's currency; on hold, every invoice is held."""

    customer_id: str
    credit: Decimal
    held: bool


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms that price a contract, and the efficiency that metering needs of it."""

    terms: ContractTerms
    efficiency_jth: Fraction | None


@dataclass(frozen=True, slots=True)
class Assignment:
    contract_id: str
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    rating: Rating
    assignments: tuple[Assignment, ...]
    operational_on: date | None


@dataclass(frozen=True, slots=True)
class InvoiceStep:
    period: str


@dataclass(frozen=True, slots=True)
class CycleStep:
    number: int


@dataclass(frozen=True, slots=True)
class PayStep:
    index: int
    path: str


@dataclass(frozen=True, slots=True)
class ReadsStep:
    reads: Reads


Step = InvoiceStep | CycleStep | PayStep | ReadsStep


@dataclass(frozen=True, slots=True)
class Case:
    """Everything of a file; `expect` stands as it was written, for the comparison."""

    name: str
    organization: Organization
    customers: tuple[Customer, ...]
    contracts: dict[str, Contract]
    units: tuple[Unit, ...]
    channels: dict[str, Channel]
    reads: Reads
    telemetry: dict[str, list[TelemetryRow]]
    hashprice: list[HashpriceRow]
    charges: list[Charge]
    pool: dict[str, list[PoolRecord]]
    steps: list[Step]
    expect: dict[str, Any] | None = field(default=None)
