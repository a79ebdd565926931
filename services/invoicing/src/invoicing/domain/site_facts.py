"""What happened around the machines, and what an optional settlement works on: prices, events, utility bills.

These facts are stored as they came, like evidence; a later version of one is another row, and the lines of a settled
period are then computed again (rule 7.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from common.errors import RuleBroken
from common.money import minor_unit
from invoicing.domain.lines import Line
from invoicing.domain.periods import Period
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import UnitUsage

Span = tuple[datetime, datetime]
Setting = TypeVar("Setting")


class EventEndsBeforeStart(RuleBroken):
    """An event or a price that lasts no time."""

    code = "event_ends_before_start"


class ExcusedClass(StrEnum):
    """Why down time does not count against an uptime promise."""

    CURTAILMENT = "curtailment"
    MAINTENANCE = "maintenance"
    UTILITY = "utility"
    WEATHER = "weather"
    INTERNET = "internet"
    FORCE_MAJEURE = "force_majeure"
    REGULATION = "regulation"
    CUSTOMER = "customer"


def checked_span(from_at: datetime, to_at: datetime, *, field: str) -> None:
    """Refuses a span that ends no later than it begins."""
    if to_at <= from_at:
        raise EventEndsBeforeStart(
            f"It would end at {to_at:%Y-%m-%d %H:%M} UTC, not after its start.", field=field, remedy="a later end"
        )


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A market price per MWh over half-open [from_at, to_at), edges on quarter hours; negative is legal."""

    from_at: datetime
    to_at: datetime
    per_mwh: Decimal


@dataclass(frozen=True, slots=True)
class ExcusedEvent:
    """A span in which down time is excused; no units named, all of them."""

    event_id: str
    excused: ExcusedClass
    from_at: datetime
    to_at: datetime
    unit_ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        checked_span(self.from_at, self.to_at, field="excused_event.to")


@dataclass(frozen=True, slots=True)
class Participant:
    """A unit's part in a curtailment: rated kW x the hours for which it counted for that contract (None: the host)."""

    unit_id: str
    contract_id: str | None
    kw_hours: Fraction


@dataclass(frozen=True, slots=True)
class Curtailment:
    """Machines taken down on request over [from_at, to_at). `proceeds`: what the programme paid the host for it."""

    event_id: str
    from_at: datetime
    to_at: datetime
    unit_ids: frozenset[str] = frozenset()
    programme: str = ""
    proceeds: Decimal | None = None
    participants: tuple[Participant, ...] = ()

    def __post_init__(self) -> None:
        checked_span(self.from_at, self.to_at, field="curtailment.to")

    def concerns(self, unit_id: str) -> bool:
        """Whether the event took this unit down; no units named, every one."""
        return not self.unit_ids or unit_id in self.unit_ids


@dataclass(frozen=True, slots=True)
class LossShare:
    """A contract's part of a site's loss, as a closure allocated it, with the energy it was allocated by."""

    site_id: str
    contract_id: str
    bill_to_at: datetime
    metered_kwh: Fraction
    loss_kwh: Decimal


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The facts that concern one contract in one period, in order of time."""

    prices: Sequence[PriceRow] = ()
    excused: Sequence[ExcusedEvent] = ()
    curtailments: Sequence[Curtailment] = ()
    losses: Sequence[LossShare] = ()


NO_FACTS = SiteFacts()


@dataclass(frozen=True, slots=True)
class Given:
    """What a settlement sees: terms, usage, period, the billed span of it, the facts and the lines made so far."""

    terms: ContractTerms
    usage: Sequence[UnitUsage]
    period: Period
    billed: Span
    facts: SiteFacts
    lines: Sequence[Line] = ()

    @property
    def decimals(self) -> int:
        """Decimals of the contract's currency."""
        return minor_unit(self.terms.currency)

    @property
    def awake(self) -> Sequence[UnitUsage]:
        """Usage outside whole days of suspension: nothing was promised or asked for in those."""
        terms = self.terms
        return [used for used in self.usage if not terms.rests_at(used.from_at)] if terms.rests else self.usage

    @property
    def last_rate(self) -> Decimal:
        """The contract's rate at the last instant billed."""
        return self.terms.rate_spans(*self.billed)[-1][2]


def setting_of(terms: ContractTerms, kind: type[Setting]) -> Setting | None:
    """The contract's setting of that kind; none: it is off."""
    return next((extra for extra in terms.extras if isinstance(extra, kind)), None)


def common_part(one: Span, other: Span) -> Span | None:
    """The time in both spans."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def parts_in(spans: Iterable[Span], windows: Sequence[Span]) -> list[Span]:
    """The time of the spans that lies in the windows; windows do not overlap."""
    cut = (common_part(span, window) for span in spans for window in windows)
    return [part for part in cut if part is not None]
