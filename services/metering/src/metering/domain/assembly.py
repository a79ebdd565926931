"""One usage span put together: which method counted when, and everything that follows from it (rules 4.1-4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from metering.domain.calculated_energy import calculated_line
from metering.domain.evidence import evidence_of, flags_of
from metering.domain.hash_energy import hash_line
from metering.domain.hashprice import PricedTime, priced
from metering.domain.instants import hours_of, instant_at
from metering.domain.intervals import Interval, Intervals, both, length
from metering.domain.known import KnownUnit
from metering.domain.line import Line
from metering.domain.priority import Counted, counted, zero_time
from metering.domain.profile import quarters_of
from metering.domain.ratings import RatedSpan
from metering.domain.spans import FailoverUsage, MethodUsage, UsageSpan
from metering.domain.telemetry import time_where
from metering.domain.values import ContractWindow, Method, UnitStatus


@dataclass(frozen=True, slots=True)
class WindowLines:
    """The unit's methods as one contract sees them (its efficiency), and when telemetry says up or down."""

    lines: dict[Method, Line]
    up: Intervals
    down: Intervals


def lines_for(known: KnownUnit, window: ContractWindow) -> WindowLines:
    """The three methods under the window's contract."""
    return WindowLines(
        lines={
            Method.METERED: known.metered,
            Method.HASH: hash_line(known.stretches, known.spans, window.efficiency_jth),
            Method.CALCULATED: calculated_line(known.stretches, known.spans),
        },
        up=time_where(known.stretches, lambda one: one.status != UnitStatus.OFFLINE),
        down=time_where(known.stretches, lambda one: one.status == UnitStatus.OFFLINE),
    )


def usage_span(
    known: KnownUnit, window: ContractWindow, rated: RatedSpan, cell: Interval, seen: WindowLines
) -> UsageSpan:
    """The usage of one cell of time, in which contract, rate and rating are constant."""
    methods = [Method(method) for method in window.methods]
    count = counted(methods, seen.lines, cell)
    compared = both(count.billed, known.metered.available)
    failover, prices = _failover(known, window, count)
    downs = both(seen.down, [cell])
    up, down = length(both(seen.up, [cell])), length(downs)
    zeros = zero_time(count, seen.lines)
    by_method = _by_method(count, seen.lines)
    if count.by_method.keys() == {Method.METERED} and compared == count.by_method[Method.METERED]:
        billed_kwh = pdu_kwh = by_method[Method.METERED].energy_kwh
    else:
        billed_kwh, pdu_kwh = _billed_during(count, seen.lines, compared), known.metered.energy_over(compared)
    return UsageSpan(
        unit_id=known.unit_id,
        contract_id=window.contract_id,
        from_at=instant_at(cell[0]),
        to_at=instant_at(cell[1]),
        rated_w=rated.rating.rated_w,
        rated_ths=rated.rating.rated_ths,
        by_method=by_method,
        failover=failover,
        unbilled_hours=hours_of(0 if failover else length(count.nothing)),
        compared_billed_kwh=billed_kwh,
        compared_pdu_kwh=pdu_kwh,
        compared_hours=hours_of(length(compared)),
        zero_spans=_as_instants(zeros),
        quarters=quarters_of(count, seen.lines) if window.wants_profile else (),
        up_hours=hours_of(up),
        down_hours=hours_of(down),
        unknown_hours=hours_of(cell[1] - cell[0] - up - down),
        flags=flags_of(known.channels, known.metered, cell),
        evidence=evidence_of(known.channels, cell),
        hashprice=prices.pieces,
        down_spans=_as_instants(downs) if window.wants_profile else (),
    )


def _as_instants(intervals: Intervals) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((instant_at(start), instant_at(end)) for start, end in intervals)


def _by_method(count: Counted, lines: Mapping[Method, Line]) -> dict[str, MethodUsage]:
    return {
        method.value: MethodUsage(
            energy_kwh=lines[method].energy_over(mine),
            hours=hours_of(length(mine)),
            estimated=bool(both(mine, lines[method].estimated)),
        )
        for method, mine in count.by_method.items()
    }


def _billed_during(count: Counted, lines: Mapping[Method, Line], time: Intervals) -> Fraction:
    parts = [lines[method].energy_over(both(mine, time)) for method, mine in count.by_method.items()]
    return parts[0] if len(parts) == 1 else sum(parts, Fraction(0))


def _failover(known: KnownUnit, window: ContractWindow, count: Counted) -> tuple[FailoverUsage | None, PricedTime]:
    """Failover usage where the contract has it and some time is left; with the hashprice over that time."""
    if not window.failover or not count.nothing:
        return None, PricedTime(Fraction(0), Fraction(0), ())
    prices = priced(known.hashprice, count.nothing)
    hours = hours_of(length(count.nothing))
    return FailoverUsage(hours, prices.hours, prices.price_hours), prices
