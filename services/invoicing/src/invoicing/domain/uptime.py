"""Uptime credit: what the host gives back when machines ran less than it promised (E19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from common.errors import RuleBroken
from common.money import round_half_up
from invoicing.domain import terms_check
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import TAX_ENERGY, Factor, Line, LineKind, Product
from invoicing.domain.periods import hours_between
from invoicing.domain.site_facts import (
    ExcusedClass,
    Given,
    SiteFacts,
    Span,
    parts_in,
    setting_of,
)
from invoicing.domain.sums import merged
from invoicing.domain.usage import UnitUsage

ALL_CLASSES = frozenset(ExcusedClass)
CREDITED = frozenset({LineKind.ENERGY, LineKind.MARKET_ENERGY, LineKind.FAILOVER, LineKind.FIXED})
PERCENT_DECIMALS = 4


class DownTimeUnknown(RuleBroken):
    """An excused event begins or ends inside a usage span whose down time has no instants."""

    code = "down_time_unknown"


class CreditForm(StrEnum):
    """How a shortfall becomes a percentage: the points below the promise, or their share of the promise."""

    POINTS = "points"
    SHARE = "share"


class UnknownTime(StrEnum):
    """Time without telemetry: on neither side, or taken as running."""

    LEFT_OUT = "left_out"
    UP = "up"


@dataclass(frozen=True, slots=True)
class UptimePromise:
    """At least `sla_percent` of the time up, or a credit on the contract's charges, at most `cap_percent` of them."""

    sla_percent: Decimal
    form: CreditForm = CreditForm.POINTS
    excused: frozenset[ExcusedClass] = ALL_CLASSES
    unknown: UnknownTime = UnknownTime.LEFT_OUT
    cap_percent: Decimal = Decimal(100)

    def __post_init__(self) -> None:
        terms_check.percent("uptime.sla_percent", self.sla_percent)
        terms_check.percent("uptime.cap_percent", self.cap_percent)
        if not self.sla_percent:
            raise terms_check.refuse("uptime.sla_percent", "A promise of 0 % promises nothing.", "above 0, at most 100")


@dataclass(frozen=True, slots=True)
class Uptime:
    """Hours of all units of the contract. Excused ones are down hours that count on neither side."""

    up_hours: Fraction
    down_hours: Fraction
    excused_hours: Fraction
    unknown_hours: Fraction

    @property
    def share(self) -> Fraction | None:
        """Up / (up + down), excused hours taken out of down; no hours at all, no figure."""
        counted = self.up_hours + self.down_hours
        return self.up_hours / counted if counted else None


def uptime_of(given: Given, promise: UptimePromise) -> Uptime:
    """The contract's hours in the billed span, up, down and excused."""
    excused = [_excused_down(usage, given.facts, promise.excused) for usage in given.awake]
    unknown = exact_sum([usage.unknown_hours for usage in given.awake])
    up = exact_sum([usage.up_hours for usage in given.awake])
    away = exact_sum(excused)
    return Uptime(
        up_hours=up + unknown if promise.unknown is UnknownTime.UP else up,
        down_hours=exact_sum([usage.down_hours for usage in given.awake]) - away,
        excused_hours=away,
        unknown_hours=unknown,
    )


def excused_windows(facts: SiteFacts, classes: frozenset[ExcusedClass], unit_id: str) -> list[Span]:
    """When down time of a unit is excused: events of the agreed classes, and curtailments; overlaps count once."""
    spans = [
        (event.from_at, event.to_at)
        for event in facts.excused
        if event.excused in classes and (not event.unit_ids or unit_id in event.unit_ids)
    ]
    if ExcusedClass.CURTAILMENT in classes:
        spans += [(event.from_at, event.to_at) for event in facts.curtailments if event.concerns(unit_id)]
    return list(merged(spans))


def _excused_down(usage: UnitUsage, facts: SiteFacts, classes: frozenset[ExcusedClass]) -> Fraction:
    """The excused part of a span's down time, exact: by its down spans, or whole where events leave no doubt."""
    if not usage.down_hours:
        return Fraction(0)
    windows = excused_windows(facts, classes, usage.unit_id)
    if usage.down_spans:
        return _hours(parts_in(usage.down_spans, windows))
    inside = _hours(parts_in(usage.parts, windows))
    if inside in (0, _hours(usage.parts)) or not usage.up_hours + usage.unknown_hours:
        return usage.down_hours if inside == _hours(usage.parts) else inside
    raise DownTimeUnknown(
        f"An excused event lies across usage of unit {usage.unit_id} whose down time has no instants.",
        field="excused_event",
        remedy="derive the usage again: the contract's promise asks for down spans",
    )


def _hours(spans: Sequence[Span]) -> Fraction:
    return exact_sum([hours_between(*span) for span in spans])


def lines_for(given: Given) -> list[Line]:
    """One credit line: the printed charges x the percentage missed, rounded once; the promise kept, no line."""
    promise = setting_of(given.terms, UptimePromise)
    if promise is None:
        return []
    reached = uptime_of(given, promise).share
    sla = Fraction(promise.sla_percent) / 100
    if reached is None or reached >= sla:
        return []
    missed = sla - reached if promise.form is CreditForm.POINTS else 1 - reached / sla
    missed = min(missed, Fraction(promise.cap_percent) / 100)
    charged = sum((line.amount for line in given.lines if line.kind in CREDITED), Decimal(0))
    if charged <= 0:
        return []
    product = Product(
        "uptime",
        (
            Factor("charges of the contract", -Fraction(charged), "", given.decimals),
            Factor("missed share", missed, "", 8),
        ),
    )
    reached_percent = round_half_up(reached * 100, PERCENT_DECIMALS)
    return [
        Line(
            kind=LineKind.UPTIME_CREDIT,
            contract_id=given.terms.contract_id,
            amount=round_half_up(product.value, given.decimals),
            products=(product,),
            description=f"uptime {reached_percent:f} % of a promised {promise.sla_percent:f} %",
            tax_code=TAX_ENERGY,
        )
    ]
