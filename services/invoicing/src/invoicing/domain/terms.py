"""The snapshot of a contract that prices it: what invoicing keeps of a contract's terms (rules 2, 4, 5, 6)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from common.clock import day_end, day_start
from invoicing.domain import terms_check
from invoicing.domain.lines import LineMethod


class ContractType(StrEnum):
    HOSTED = "hosted"
    LEASE = "lease"
    INFINITY = "infinity"
    OM = "om"


class Plan(StrEnum):
    USAGE = "usage"
    PREPAID = "prepaid_31d"


class FailoverMode(StrEnum):
    MARKET_HASHPRICE = "market_hashprice"
    FIXED_RATE = "fixed_rate"


class FeeBasis(StrEnum):
    EXPECTED_REVENUE = "expected_revenue"
    POOL_REVENUE = "pool_revenue"
    ENERGY_CHARGE = "energy_charge"


class CycleKind(StrEnum):
    FIXED_31D = "fixed_31d"
    ANCHORED_MONTH = "anchored_month"


class ZeroSpanCredit(StrEnum):
    WHOLE = "whole"
    BEYOND_24 = "beyond_24"


@dataclass(frozen=True, slots=True)
class RateFrom:
    """A rate per kWh and the instant from which it is in force."""

    from_at: datetime
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Failover:
    """The price of time without evidence: a percentage of hashprice, or a rate per kWh of the nameplate."""

    mode: FailoverMode
    percent: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """The machine that an infinity contract is priced by, and how many of it."""

    ths: Decimal
    jth: Decimal
    quantity: int
    model: str = ""


@dataclass(frozen=True, slots=True)
class ConnectorFee:
    percent: Decimal
    basis: FeeBasis = FeeBasis.EXPECTED_REVENUE


@dataclass(frozen=True, slots=True)
class SiteFee:
    """A monthly fee of an O&M site; without its own days it counts as long as the contract (rule 5)."""

    site_id: str
    monthly: Decimal
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class PrepaidTerms:
    cycle: CycleKind = CycleKind.FIXED_31D
    zero_span: ZeroSpanCredit = ZeroSpanCredit.WHOLE
    true_up_beyond_band: bool = False


@dataclass(frozen=True, slots=True)
class FormerTerms:
    """What was agreed before an amendment, and until when it holds (rule 4.6); rates have their own instants."""

    until_at: datetime
    methods: tuple[LineMethod, ...] = ()
    failover: Failover | None = None
    fixed_monthly: Decimal | None = None
    power_cap_kw: Decimal | None = None
    overage_rate: Decimal | None = None
    spec: Spec | None = None
    connector_fee: ConnectorFee | None = None
    extras: tuple[object, ...] = ()


AMENDABLE = tuple(one.name for one in fields(FormerTerms) if one.name != "until_at")


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What a contract is priced by. `rates` are in order of time and the first one holds from the start.

    `first_on` and `last_on` are local days of `timezone`, both counted (rule 2.3); no `last_on`, no end. `former` are
    the terms before each amendment, in order of time; `rests` the whole local days of suspensions, as half-open spans
    (no end: still suspended). Refused with the rule that is broken: see `terms_check`.
    """

    contract_id: str
    customer_id: str
    type: ContractType
    currency: str
    timezone: str
    first_on: date
    last_on: date | None = None
    plan: Plan = Plan.USAGE
    rates: tuple[RateFrom, ...] = ()
    methods: tuple[LineMethod, ...] = ()
    failover: Failover | None = None
    fixed_monthly: Decimal | None = None
    power_cap_kw: Decimal | None = None
    overage_rate: Decimal | None = None
    spec: Spec | None = None
    connector_fee: ConnectorFee | None = None
    sites: tuple[SiteFee, ...] = ()
    prepaid: PrepaidTerms | None = None
    number: str = ""
    extras: tuple[object, ...] = field(default=(), compare=False)
    former: tuple[FormerTerms, ...] = ()
    rests: tuple[tuple[datetime, datetime | None], ...] = ()
    issuing_entity_id: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        terms_check.check(self)

    @property
    def start_at(self) -> datetime:
        return day_start(self.first_on, self.timezone)

    @property
    def end_at(self) -> datetime | None:
        """The first instant that no longer counts."""
        return None if self.last_on is None else day_end(self.last_on, self.timezone)

    @property
    def bills_by_method(self) -> bool:
        """A usage contract whose energy comes from the methods of section 4."""
        return self.plan is Plan.USAGE and bool(self.methods)

    def within(self, from_at: datetime, to_at: datetime) -> tuple[datetime, datetime] | None:
        """The part of a span in which the contract counts."""
        end_at = self.end_at
        start, end = max(from_at, self.start_at), to_at if end_at is None else min(to_at, end_at)
        return (start, end) if start < end else None

    def rests_at(self, at: datetime) -> bool:
        """Whether the instant lies in a whole day of suspension."""
        return any(from_at <= at and (to_at is None or at < to_at) for from_at, to_at in self.rests)

    def awake(self, from_at: datetime, to_at: datetime) -> list[tuple[datetime, datetime]]:
        """The parts of a span that lie in no whole day of suspension."""
        parts, start = [], from_at
        for rest_at, wake_at in sorted(self.rests, key=lambda rest: rest[0]):
            if start < min(rest_at, to_at):
                parts.append((start, min(rest_at, to_at)))
            start = to_at if wake_at is None and rest_at < to_at else max(start, wake_at or start)
        return [*parts, (start, to_at)] if start < to_at else parts

    def rate_at(self, at: datetime) -> Decimal:
        """The rate in force at an instant; before the first change, the contract's own."""
        current = self.rates[0].rate
        for change in self.rates[1:]:
            if change.from_at > at:
                break
            current = change.rate
        return current

    def rate_spans(self, from_at: datetime, to_at: datetime) -> list[tuple[datetime, datetime, Decimal]]:
        """The billed span cut at the instants of rate changes, in order of time."""
        edges = [from_at, *(r.from_at for r in self.rates[1:] if from_at < r.from_at < to_at), to_at]
        return [(a, b, self.rate_at(a)) for a, b in pairwise(edges)]
