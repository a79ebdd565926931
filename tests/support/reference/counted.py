"""Which method counts, instant by instant (rules 4.1 to 4.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from support.reference.case import Channel, Contract, Json, Unit, channels_of, units_of
from support.reference.days import Instant, hours, instant
from support.reference.evidence import (
    Piece,
    at,
    calculated,
    channel_spans,
    cuts,
    hashed,
    metered,
    outlet_pieces,
)
from support.reference.registers import Span


@dataclass(frozen=True)
class Counted:
    """A stretch of one unit's time on one contract; `method` None: no method is available."""

    start: Instant
    end: Instant
    method: str | None
    kw: Fraction
    estimated: bool
    metered_kw: Fraction | None

    @property
    def hours(self) -> Fraction:
        return hours(self.start, self.end)

    @property
    def kwh(self) -> Fraction:
        return self.kw * self.hours


class Evidence:
    """All evidence that is known so far; `add` makes more of it known."""

    def __init__(self, scenario: Json) -> None:
        self.units = units_of(scenario)
        self.channels = channels_of(scenario)
        self.estimate = scenario["organization"].get("reset_estimate") == "mean"
        self.telemetry: dict[str, list[Any]] = dict(scenario.get("telemetry") or {})
        self.prices = [(instant(a), instant(b), Fraction(p)) for a, b, p in scenario.get("hashprice") or []]
        self._reads: dict[str, list[tuple[Instant, Fraction]]] = defaultdict(list)
        self._metered: dict[str, list[Piece]] = {}
        self.add(scenario.get("reads") or {})

    def add(self, reads: Json) -> None:
        for channel, rows in reads.items():
            self._reads[channel] += [(instant(when), Fraction(kwh)) for when, kwh in rows]
        self._metered = {}

    def _spans(self, channels: Sequence[Channel]) -> list[Span]:
        rated = {unit.id: unit.rated_kw for unit in self.units}
        return [
            span
            for channel in channels
            for span in channel_spans(channel, rated[channel.unit], self._reads[channel.id])
        ]

    def _feed(self, unit: Unit, outlet: str) -> tuple[Instant, Instant, list[Piece]]:
        """An outlet's time at a unit, from its first channel to its last, and the power that is known there."""
        every = [channel for channel in self.channels if channel.outlet == outlet]
        mine = [channel for channel in every if channel.unit == unit.id]
        pieces = outlet_pieces(self._spans(mine), self._spans(every), self.estimate)
        return min(channel.start for channel in mine), max(channel.end for channel in mine), pieces

    def metered(self, unit: Unit) -> list[Piece]:
        """Power as the metered method gives it, summed over the outlets that feed the unit."""
        if unit.id not in self._metered:
            outlets = {channel.outlet for channel in self.channels if channel.unit == unit.id}
            self._metered[unit.id] = metered([self._feed(unit, outlet) for outlet in outlets])
        return self._metered[unit.id]

    def by_method(self, unit: Unit, contract: Contract) -> dict[str, list[Piece]]:
        own = contract.terms.get("efficiency_jth")
        rows = self.telemetry.get(unit.id) or []
        return {
            "metered": self.metered(unit),
            "hash": hashed(rows, Fraction(own) if own is not None else unit.jth),
            "calculated": calculated(rows, unit),
        }

    def counted(self, unit: Unit, contract: Contract, start: Instant, end: Instant) -> list[Counted]:
        """The unit's time on the contract within a span, cut wherever anything changes."""
        known = self.by_method(unit, contract)
        edges = [edge for pieces in known.values() for piece in pieces for edge in (piece.start, piece.end)]
        edges += [since for since, _ in contract.rate_changes()]
        found = []
        for opens, closes in unit.windows(contract):
            opens, closes = max(opens, start), min(closes, end)
            if opens < closes:
                inside = [edge for edge in edges if opens < edge < closes]
                found += [self._one(known, contract, a, b) for a, b in cuts([opens, *inside, closes])]
        return found

    def _one(self, known: dict[str, list[Piece]], contract: Contract, start: Instant, end: Instant) -> Counted:
        meter = at(known["metered"], start)
        meter_kw = None if meter is None else meter.kw
        for method in contract.methods:
            piece = at(known[method], start)
            if piece is not None:
                return Counted(start, end, method, piece.kw, piece.estimated, meter_kw)
        return Counted(start, end, None, Fraction(0), False, meter_kw)

    def mean_price(self, spans: Sequence[tuple[Instant, Instant]]) -> Fraction | None:
        """Hashprice averaged over time, time without a price left out; None where there is none at all."""
        weighted = covered = Fraction(0)
        for start, end in spans:
            for opens, closes, price in self.prices:
                overlap = min(end, closes) - max(start, opens)
                if overlap > 0:
                    weighted += price * overlap
                    covered += overlap
        return weighted / covered if covered else None
